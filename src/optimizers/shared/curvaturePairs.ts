import * as tf from '@tensorflow/tfjs-core';
import {type OwnShape, sumOf, type WeightTensors} from '../../rules/index.js';
import {twoLoop} from './twoLoop.js';

/** What L-BFGS remembers: steps s and differences y of gradients, for each weight a matrix with the newest in its first row. */
export type CurvaturePairs = {readonly steps: tf.Tensor[]; readonly differences: tf.Tensor[]};

/** The slot of so many of either. In rows, for with its weight's own shape behind it a history of rank six is none that a GPU takes. */
export const historyOf = (rows: number): OwnShape => ({
  shape: shape => [rows, tf.util.sizeFromShape([...shape])],
});

const asRows = (tensor: tf.Tensor, rows: number) => tf.reshape(tensor, [rows, tensor.size / rows]);

/** The pairs in the slots, as tensors of the caller's own. */
export function pairsOf(weights: readonly WeightTensors[]): CurvaturePairs {
  const read = (slot: string) => weights.map(({[slot]: rows}) => tf.clone(rows!));
  return {steps: read('steps'), differences: read('differences')};
}

/** With a pair more, in place of the oldest; all tensors are new. */
export function withPair(
  {steps, differences}: CurvaturePairs,
  step: readonly tf.Tensor[],
  difference: readonly tf.Tensor[],
): CurvaturePairs {
  const pushed = (rows: tf.Tensor, newest: tf.Tensor) => {
    const [size, columns] = rows.shape as [number, number];
    const row = asRows(newest, 1);
    return size === 1 ? row : tf.concat([row, tf.slice(rows, [0, 0], [size - 1, columns])], 0);
  };
  return {
    steps: steps.map((rows, i) => pushed(rows, step[i]!)),
    differences: differences.map((rows, i) => pushed(rows, difference[i]!)),
  };
}

/** A direction as a multiple of tensors whose elements are about 1, the loss's slope along it, and how many pairs it knows. */
export interface Direction {
  readonly tensors: tf.Tensor[];
  readonly length: number;
  readonly slope: number;
  readonly pairs: number;
}

/**
 * −H·g by the pairs: all inner products by one matrix product per weight, read
 * back once; the recursion on the host in double precision; and one linear
 * combination. Each vector is divided by its largest element before, since
 * float32 holds no square of what is above 1.8e19.
 */
export function quasiNewtonDirection(
  {steps, differences}: CurvaturePairs,
  gradients: readonly tf.Tensor[],
): Direction {
  let rest!: Omit<Direction, 'tensors'>;
  const tensors = tf.tidy(() => {
    const rows = gradients.map((g, i) => tf.concat([steps[i]!, differences[i]!, asRows(g, 1)], 0));
    // What is as large as all pairs is gone once it has been read.
    const largest = rows
      .map(each => tf.tidy(() => tf.max(tf.abs(each), 1, true)))
      .reduce((a, b) => tf.maximum(a, b));
    const scales = tf.where(tf.greater(largest, 0), largest, 1);
    const scaled = rows.map(each => {
      const quotient = tf.div(each, scales) as tf.Tensor2D;
      each.dispose();
      return quotient;
    });
    const products = sumOf(scaled.map(each => tf.matMul(each, each, false, true)));

    const read = tf.concat([products, scales], 1).dataSync();
    const count = scales.size;
    const scale = (k: number) => read[k * (count + 1) + count]!;
    const numbers = Array.from({length: count}, (_, j) =>
      Array.from({length: count}, (__, k) => read[j * (count + 1) + k]! * scale(j) * scale(k)),
    );
    const {direction, pairs} = twoLoop(numbers);
    const coefficients = direction.map((c, k) => c * scale(k));
    const length = Math.max(...coefficients.map(Math.abs));
    const slope = direction.reduce((sum, c, k) => sum + c * numbers[count - 1]![k]!, 0);
    rest = {length, slope, pairs};
    const weighted = tf.tensor2d(
      coefficients.map(c => c / length),
      [1, count],
    );
    return scaled.map((each, i) => tf.reshape(tf.matMul(weighted, each), gradients[i]!.shape));
  });
  return {tensors, ...rest};
}
