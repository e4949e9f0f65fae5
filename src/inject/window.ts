import * as tf from '@tensorflow/tfjs-core';
import {
  addWeighted,
  averageOf,
  type Evaluated,
  type Evaluation,
  sumOver,
  tensorsOf,
  type WeightedSum,
} from './evaluation.js';

/** The evaluations that a step will work on, as far as their batches have come, and the sum of their first phase. */
export class Window {
  private constructor(
    readonly evaluations: readonly Evaluation[],
    private readonly sum: WeightedSum | undefined,
  ) {}

  static readonly empty = new Window([], undefined);

  get rows(): number {
    return this.sum?.rows ?? 0;
  }

  /** A window with one evaluation more; this one stays as it is, so that a throw can go back to it. */
  with(evaluation: Evaluation, evaluated: Evaluated): Window {
    let sum: WeightedSum | undefined;
    tf.tidy(() => {
      sum = addWeighted(this.sum, evaluated, evaluation.rows);
      for (const tensor of tensorsOf(sum)) tf.keep(tensor);
    });
    return new Window([...this.evaluations, evaluation], sum);
  }

  /**
   * The first phase's loss and gradients over `evaluations`: those of the
   * window come from its sum, the others run now.
   */
  evaluate(evaluations: readonly Evaluation[]): Evaluated {
    const isPart = this.evaluations.every(evaluation => evaluations.includes(evaluation));
    const sum = isPart ? this.sum : undefined;
    const toRun = sum
      ? evaluations.filter(evaluation => !this.evaluations.includes(evaluation))
      : evaluations;
    if (!sum && toRun.length === 1) return toRun[0]!.run();
    return averageOf(sumOver(toRun, evaluation => evaluation.run(), sum)!);
  }

  /** Frees the sum; with `evaluations`, what they keep as well. */
  disposeSum(): void {
    if (this.sum) tf.dispose(tensorsOf(this.sum));
  }

  dispose(): void {
    this.disposeSum();
    for (const evaluation of this.evaluations) evaluation.release();
  }
}
