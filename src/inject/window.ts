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
import {hold} from './hold.js';
import {joined, numberIn, partOf, type Saved} from './saved.js';
import type {Weight} from './weight.js';

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

  save(): Saved {
    const tensors = new Map<string, tf.Tensor>();
    if (this.sum) tensors.set('loss', hold(this.sum.loss));
    for (const [{key}, gradient] of this.sum?.gradients ?? []) tensors.set(`gradient/${key}`, hold(gradient));
    const evaluations = this.evaluations.map((each, i) => [`evaluation${i}`, each.save()] as const);
    const data = {rows: this.rows, evaluations: evaluations.length};
    return joined({sum: {tensors, data}, ...Object.fromEntries(evaluations)});
  }

  /** The window that `save` has given, whose evaluations are made by `evaluationOf`. */
  static of(
    saved: Saved,
    weights: readonly Weight[],
    evaluationOf: (saved: Saved, index: number) => Evaluation,
  ): Window {
    const {tensors, data} = partOf(saved, 'sum');
    const loss = tensors.get('loss');
    if (!loss) return Window.empty;
    const gradients = new Map<Weight, tf.Tensor>();
    for (const weight of weights) {
      const gradient = tensors.get(`gradient/${weight.key}`);
      if (gradient) gradients.set(weight, hold(gradient));
    }
    // Each has a loss at least.
    const count = Math.min(numberIn(data, 'evaluations', 'count'), saved.tensors.size);
    const rows = numberIn(data, 'rows', 'count');
    const evaluations = Array.from({length: count}, (_, i) =>
      evaluationOf(partOf(saved, `evaluation${i}`), i),
    );
    return new Window(evaluations, {rows, loss: hold(loss) as tf.Scalar, gradients});
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
