import * as tf from '@tensorflow/tfjs-core';
import {elementwise} from '../../rules/index.js';

/** Over which two axes of a weight its second moment is factored: the two largest, or the last two, of a least size; or none. */
export interface FactoredOptions {
  readonly factoredAxes: 'largest' | 'last' | 'none';
  readonly minDimSizeToFactor: number;
}

/** The axes of rows and of columns; of axes of equal size the later ones, as in optax. */
export function factoredAxes(
  shape: readonly number[],
  {factoredAxes: choice, minDimSizeToFactor}: FactoredOptions,
): readonly [number, number] | undefined {
  if (choice === 'none' || shape.length < 2) return undefined;
  const axes = [...shape.keys()];
  if (choice === 'largest') axes.sort((a, b) => shape[a]! - shape[b]!);
  const [row, column] = axes.slice(-2) as [number, number];
  return Math.min(shape[row]!, shape[column]!) < minDimSizeToFactor ? undefined : [row, column];
}

/** How its slots start: `rows`, means over each row, or of the weight's shape where it is not factored; `columns`, or one number. */
export function factoredSlots(options: FactoredOptions) {
  const slot = (mean: 0 | 1) => ({
    shape: (shape: readonly number[]) => {
      const axes = factoredAxes(shape, options);
      if (!axes) return mean === 1 ? [...shape] : [];
      return shape.map((size, axis) => (axis === axes[mean] ? 1 : size));
    },
  });
  return {rows: slot(1), columns: slot(0)};
}

/** The slots' new values, and v̂ = R·C/mean(R), where mean(R) is at least `floor`; the mean itself where not factored. */
export function factoredMoment(
  {rows, columns, square}: Readonly<Record<'rows' | 'columns' | 'square', tf.Tensor>>,
  axes: readonly [number, number] | undefined,
  weights: Readonly<Record<'kept' | 'added', number>>,
  floor = 0,
): Record<'rows' | 'columns' | 'estimate', tf.Tensor> {
  if (!axes) {
    const {mean} = mix({mean: rows, now: square, ...weights});
    return {rows: mean, columns, estimate: mean};
  }
  const [row, column] = axes;
  const {mean: r} = mix({mean: rows, now: tf.mean(square, column, true), ...weights});
  const {mean: c} = mix({mean: columns, now: tf.mean(square, row, true), ...weights});
  const total = tf.mean(r, row, true);
  const share = tf.divNoNan(r, floor === 0 ? total : tf.maximum(total, floor));
  // Squares above float32's 3.4e38: no row has a share of infinity; its columns are infinite.
  const estimate = tf.mul(tf.where(tf.equal(total, Number.POSITIVE_INFINITY), 1, share), c);
  return {rows: r, columns: c, estimate};
}

const mix = elementwise<'mean' | 'now' | 'kept' | 'added', 'mean'>(
  'adafactor mean',
  ({mean, now, kept, added}) => ({mean: mean.mul(kept).add(now.mul(added))}),
);
