import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {Heun, type Injection, inject, SGD, type Weight} from '../../src/index.js';
import {plugins} from './pluginRegistry.js';
import {optimizers, slotCount} from './registry.js';

/** What may stand around a model: an optimizer of ours alone, or a plugin around some optimizer. */
export interface Stack {
  readonly name: string;
  /** What to compile with. */
  compileWith(): tf.Optimizer;
  /** Takes place on the compiled model; a new stack at each call. */
  inject(model: LayersModel): Injection;
  /** Tensors that the stack keeps on the device once steps were taken, beyond those of a compiled optimizer. */
  slotsFor(weights: readonly Weight[]): number;
  /** Kinds of models that it does not take, by their names. */
  readonly refusesModels?: RegExp;
}

const sgd = () => tf.train.sgd(0.05);

const alone: Stack[] = optimizers
  .filter(({isVariant}) => !isVariant)
  .map(entry => ({
    name: entry.name,
    compileWith: sgd,
    inject: model => entry.make(0.05).inject(model),
    slotsFor: weights => slotCount(entry, weights),
  }));

/** What plugins are put around: the compiled optimizer, and what takes its seat. */
export const inners = [
  {
    name: 'tf.train.adam',
    compileWith: () => tf.train.adam(0.01),
    seat: (model: LayersModel) => inject(model),
    slots: 0,
    phases: 1,
  },
  {
    name: 'SGD with momentum',
    compileWith: sgd,
    seat: (model: LayersModel) => new SGD({learningRate: 0.05, momentum: 0.9}).inject(model),
    slots: 1,
    phases: 1,
  },
  {
    name: 'Heun',
    compileWith: sgd,
    seat: (model: LayersModel) => new Heun({learningRate: 0.05}).inject(model),
    slots: 1,
    phases: 2,
  },
];

/** Every optimizer alone, and every plugin around a compiled, a one-phase and a two-phase optimizer. */
export const stacks: readonly Stack[] = [
  ...alone,
  ...plugins
    .filter(({batchesPerStep = 1}) => batchesPerStep === 1)
    .flatMap(plugin =>
      inners
        .filter(({name}) => !plugin.refuses?.[name])
        .slice(plugin.isVariant ? -1 : 0)
        .map(inner => ({
          name: `${plugin.name} around ${inner.name}`,
          compileWith: inner.compileWith,
          inject: (model: LayersModel) => inner.seat(model).use(plugin.make()),
          ...(plugin.refusesModels && {refusesModels: plugin.refusesModels}),
          slotsFor: (weights: readonly Weight[]) =>
            (inner.slots + plugin.slots) * weights.length + (plugin.tensors?.(inner.phases) ?? 0),
        })),
    ),
];

/**
 * Which of several kinds (of models, of hooks) a stack meets, all by their places: on cpu each. Elsewhere, where it is the
 * arithmetic that differs and not the injection, one in three: of the three stacks of a plugin, one meets the kind, and
 * with the next plugin it is another's turn.
 */
export function meets(stack: number, kind: number): boolean {
  return tf.getBackend() === 'cpu' || (stack + Math.floor(stack / 3) + kind) % 3 === 0;
}
