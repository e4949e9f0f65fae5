import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.
import {type Injection, type InjectPlugin, inject, type Phase} from '../../src/index.js';

/** A gradient for each weight, flat, in the order of the injection's weights; `undefined` for one that has none. */
export type Gradients = readonly (readonly number[] | undefined)[];

/** Puts gradients in place of those that a phase takes, and notes what plugins made of them. */
export function prescribe(injection: Injection, gradientsOf: (phase: Phase) => Gradients): number[][][] {
  const seen: number[][][] = [];
  injection.hooks.evaluated.tap({name: 'prescribe', stage: -100}, ({loss}, phase) => {
    const given = gradientsOf(phase);
    const all = phase.step.weights.flatMap((weight, i) => {
      const values = given[i];
      return values ? [[weight, tf.tensor([...values], weight.variable.shape)] as const] : [];
    });
    return {loss, gradients: new Map(all)};
  });
  injection.hooks.gradients.tap({name: 'look', stage: 100}, gradients => {
    seen.push([...gradients.values()].map(gradient => [...gradient.dataSync()]));
  });
  return seen;
}

/** Weights in a hand-written loop, whose gradients are given. */
export class Prescribed {
  readonly variables: tf.Variable[];
  readonly injection: Injection;
  /** Of each phase, the gradients that its group was given. */
  readonly seen: number[][][];
  private gradients: Gradients = [];

  constructor(
    readonly optimizer: tf.Optimizer,
    shapes: readonly (readonly number[])[],
    plugins: readonly InjectPlugin[],
    start?: Gradients,
  ) {
    this.variables = shapes.map((shape, i) =>
      tf.variable(start ? tf.tensor([...start[i]!], [...shape]) : tf.ones([...shape])),
    );
    this.injection = inject(optimizer);
    this.seen = prescribe(this.injection, () => this.gradients);
    for (const plugin of plugins) this.injection.use(plugin);
  }

  /** Takes a step by these gradients, and returns what the group was given. */
  step(gradients: Gradients): number[][] {
    this.gradients = gradients;
    const loss = () => tf.tidy(() => tf.addN(this.variables.map(each => tf.sum(each))) as tf.Scalar);
    this.optimizer.minimize(loss, false, this.variables);
    return this.seen.at(-1)!;
  }

  get weights(): number[][] {
    return this.variables.map(variable => [...variable.dataSync()]);
  }

  dispose(): void {
    this.injection.eject();
    this.optimizer.dispose();
    tf.dispose(this.variables);
  }
}

/** What a plugin makes of gradients in one step. */
export function madeOf(
  plugin: InjectPlugin,
  shapes: readonly (readonly number[])[],
  gradients: Gradients,
  start?: Gradients,
): number[][] {
  const loop = new Prescribed(tf.train.sgd(0.1), shapes, [plugin], start);
  const made = loop.step(gradients);
  loop.dispose();
  return made;
}
