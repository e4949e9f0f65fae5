import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {hold} from './hold.js';
import type {EvaluationPurpose, Hooks} from './hooks.js';
import type {Target} from './target.js';
import type {Weight, WeightMap} from './weight.js';

interface Shown {
  readonly training: tf.Tensor;
  readonly dataId: object;
}

/**
 * Knows what the injection left in each variable. By that it sees which
 * weights somebody else has written (the user's hand wins), and it shows
 * evaluation weights in the variables while the training weights wait.
 */
export class Ledger {
  private readonly left = new Map<Weight, object>();
  /** What is shown in place of the training weights, where anything is. */
  private shown: Map<Weight, Shown> | undefined;
  /** Evaluations that now run on it: an asynchronous one may begin before another is over. */
  private evaluations = 0;
  /** Within a step all that is written is the step's own. */
  isInStep = false;

  constructor(
    private readonly hooks: Hooks,
    private readonly target: Target,
  ) {}

  /** Takes the present values for what the injection left; but for those of `written`, by their keys. */
  note(written?: ReadonlySet<string>): void {
    for (const weight of this.target.weights)
      this.left.set(weight, written?.has(weight.key) ? {} : weight.variable.dataId);
  }

  /** The weights that somebody else has written since; to be asked while nothing is shown. */
  written(): ReadonlySet<Weight> {
    return new Set(this.target.weights.filter(weight => this.isWritten(weight)));
  }

  /** Brings the training weights back, and returns the weights that somebody else has written since. */
  settle(): ReadonlySet<Weight> {
    this.hide();
    return this.written();
  }

  /**
   * Puts the evaluation weights into the variables, where a plugin has any. A
   * weight that somebody wrote stays as it was written.
   *
   * @returns whether this call has put them there; where it throws, none of them is.
   */
  show(purpose: EvaluationPurpose): boolean {
    if (this.shown || !this.hooks.evaluationWeights.isUsed()) return false;
    return tf.tidy(() => {
      const weights = this.hooks.evaluationWeights.call(purpose);
      if (!weights) return false;
      this.requireOwn(weights);
      this.shown = new Map();
      try {
        for (const [weight, value] of weights) {
          if (this.isWritten(weight) || value.dataId === weight.variable.dataId) continue;
          this.shown.set(weight, {training: hold(weight.variable), dataId: value.dataId});
          weight.variable.assign(value);
        }
      } catch (error) {
        this.hide();
        throw error;
      }
      return true;
    });
  }

  /**
   * Puts the training weights back; what somebody wrote over the shown ones stays. One that cannot be put back waits for
   * the next call.
   *
   * @returns whether any were shown.
   */
  hide(): boolean {
    const wasShown = this.shown !== undefined;
    const failures: unknown[] = [];
    for (const [weight, {training, dataId}] of this.shown ?? []) {
      const {variable} = weight;
      try {
        if (variable.dataId === dataId && !variable.isDisposed) variable.assign(training);
        training.dispose();
        this.shown!.delete(weight);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    this.shown = undefined;
    return wasShown;
  }

  /** Runs an evaluation on the evaluation weights. */
  during<T>(purpose: EvaluationPurpose, body: () => T): T {
    if (!this.show(purpose) && this.evaluations === 0) return body();
    this.evaluations++;
    const end = () => {
      if (--this.evaluations === 0) this.hide();
    };
    let isPending = false;
    try {
      const result = body();
      if (result instanceof Promise) {
        isPending = true;
        return result.finally(end) as T;
      }
      return result;
    } finally {
      if (!isPending) end();
    }
  }

  /** What is known now, for `recall`; to be taken while nothing is shown. */
  remember(): ReadonlyMap<Weight, object> {
    return new Map(this.left);
  }

  recall(left: ReadonlyMap<Weight, object>): void {
    for (const [weight, dataId] of left) this.left.set(weight, dataId);
  }

  /** Leaves the evaluation weights in the variables for good. */
  keepShown(): void {
    for (const {training} of this.shown?.values() ?? []) training.dispose();
    this.shown = undefined;
  }

  /** Another model's weights would be shown there, and this one's would not. */
  private requireOwn(weights: WeightMap): void {
    const own = new Set(this.target.allWeights);
    for (const weight of weights.keys()) {
      if (own.has(weight)) continue;
      throw new InjectError(
        'INVALID_OPTION',
        `the keys of a map from hook 'evaluationWeights' must be weights of the injection, the objects themselves; received ${shown(weight)}`,
      );
    }
  }

  private isWritten(weight: Weight): boolean {
    const left = this.left.get(weight);
    return !this.isInStep && left !== undefined && left !== weight.variable.dataId;
  }
}
