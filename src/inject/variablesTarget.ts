import type {Variable} from '@tensorflow/tfjs-core';
import type {LayerState, Target} from './target.js';
import type {Weight} from './weight.js';

const noState: LayerState = {restore() {}, restoreStatistics() {}, replay: body => body(), release() {}};

/** Bare variables, as a hand-written `minimize` loop trains them: their names are their keys, and there are no layers. */
export class VariablesTarget implements Target {
  weights: readonly Weight[] = [];
  isStopped = false;
  private readonly known = new WeakMap<Variable, Weight>();

  /**
   * Takes the variables of the coming step.
   *
   * @returns whether any of them is new.
   */
  select(variables: readonly Variable[]): boolean {
    this.isStopped = false;
    const hasNew = variables.some(variable => !this.known.has(variable));
    this.weights = variables.map(variable => {
      const weight = this.known.get(variable) ?? {key: variable.name, variable};
      this.known.set(variable, weight);
      return weight;
    });
    return hasNew;
  }

  captureState(): LayerState {
    return noState;
  }

  silently<T>(body: () => T): T {
    return body();
  }

  stop(): void {
    this.isStopped = true;
  }
}
