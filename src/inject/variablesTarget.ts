import * as tf from '@tensorflow/tfjs-core';
import type {Mismatches} from './saved.js';
import type {LayerState, Target} from './target.js';
import type {Weight} from './weight.js';

/** Which loop trains a variable, while it does. */
const trainedBy = new WeakMap<tf.Variable, VariablesTarget>();

const noState: LayerState = {
  restore() {},
  save: () => ({tensors: new Map(), data: {}}),
  restoreStatistics() {},
  replay: body => body(),
  release() {},
};

/** Bare variables, as a hand-written `minimize` loop trains them: their names are their keys, and there are no layers. */
export class VariablesTarget implements Target {
  stepped: readonly Weight[] = [];
  listed: readonly Weight[] = [];
  isStopped = false;
  private all: readonly Weight[] = [];
  private readonly known = new WeakMap<tf.Variable, Weight>();

  /**
   * Takes the variables of the coming step.
   *
   * @returns whether any of them is new.
   */
  select(variables: readonly tf.Variable[]): boolean {
    this.isStopped = false;
    const hasNew = variables.some(variable => !this.known.has(variable));
    this.listed = variables.map(variable => {
      const weight = this.known.get(variable) ?? {key: variable.name, variable};
      this.known.set(variable, weight);
      trainedBy.set(variable, this);
      return weight;
    });
    this.stepped = [...new Set(this.listed)];
    if (hasNew) this.all = [...new Set([...this.all, ...this.stepped])];
    return hasNew;
  }

  /** But for those that have been disposed of. */
  get weights(): readonly Weight[] {
    if (this.all.some(({variable}) => variable.isDisposed))
      this.all = this.all.filter(({variable}) => !variable.isDisposed);
    return this.all;
  }

  /** Before the first step a loop knows no variables: those that have these names are taken. */
  adopt(keys: readonly string[]): void {
    if (this.weights.length > 0) return;
    const {registeredVariables} = tf.engine();
    const named = keys.flatMap(key =>
      Object.hasOwn(registeredVariables, key) ? [registeredVariables[key]!] : [],
    );
    const others = named.filter(variable => trainedBy.has(variable)).map(({name}) => `'${name}'`);
    if (others.length > 0) {
      console.warn(
        `tfjs-inject: before its first step a loop restores the variables that have the checkpoint's names, of which ` +
          `another optimizer trains ${others.join(', ')}. Eject that one, if this loop is to go on with them; else call restore after this loop's first step`,
      );
    }
    this.select(named);
  }

  /** Trains no longer. */
  release(): void {
    for (const {variable} of this.weights) if (trainedBy.get(variable) === this) trainedBy.delete(variable);
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
