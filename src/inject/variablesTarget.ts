import * as tf from '@tensorflow/tfjs-core';
import type {Mismatches} from './saved.js';
import type {LayerState, Target} from './target.js';
import type {Weight} from './weight.js';

const noState: LayerState = {
  restore() {},
  save: () => ({tensors: new Map(), data: {}}),
  restoreStatistics() {},
  replay: body => body(),
  release() {},
};

/** Bare variables, as a hand-written `minimize` loop trains them: their names are their keys, and there are no layers. */
export class VariablesTarget implements Target {
  weights: readonly Weight[] = [];
  isStopped = false;
  private readonly known = new WeakMap<tf.Variable, Weight>();

  /**
   * Takes the variables of the coming step.
   *
   * @returns whether any of them is new.
   */
  select(variables: readonly tf.Variable[]): boolean {
    this.isStopped = false;
    const hasNew = variables.some(variable => !this.known.has(variable));
    this.weights = variables.map(variable => {
      const weight = this.known.get(variable) ?? {key: variable.name, variable};
      this.known.set(variable, weight);
      return weight;
    });
    return hasNew;
  }

  adopt(keys: readonly string[]): void {
    const {registeredVariables} = tf.engine();
    if (this.weights.length === 0)
      this.select(
        keys.flatMap(key => (Object.hasOwn(registeredVariables, key) ? [registeredVariables[key]!] : [])),
      );
  }

  get allWeights(): readonly Weight[] {
    return this.weights;
  }

  captureState(): LayerState {
    return noState;
  }

  stateMismatches(): Mismatches {
    return new Map();
  }

  putState(): void {}

  silently<T>(body: () => T): T {
    return body();
  }

  stop(): void {
    this.isStopped = true;
  }
}
