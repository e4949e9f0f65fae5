import * as tf from '@tensorflow/tfjs-core';
import {elementwise} from './elementwise.js';
import {areAtHand} from './fused.js';
import {summed, sumsProducts, sumsSquares} from './productSum.js';

/** Numbers over all elements of a tensor, as scalars that stay on the device; to be called within a tidy. */

/** Σ a·b, of two tensors of one shape. */
export function dot(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return sumsProducts(a) && sumsProducts(b) ? summed([[a, b]]) : tf.sum(tf.mul(a, b));
}

/**
 * scale²·Σ a² over all elements of several tensors taken as one vector. A power of two as `scale` keeps the squares of very
 * small and very large elements within float32.
 */
export function squareSum(tensors: readonly tf.Tensor[], scale = 1): tf.Scalar {
  const together = tensors.filter(sumsSquares);
  const sums = tensors
    .filter(tensor => !sumsSquares(tensor))
    .map(tensor => tf.sum(scale === 1 ? tf.square(tensor) : scaledSquare(tensor, scale)));
  if (together.length > 0)
    sums.push(
      summed(
        together.map(tensor => [tensor, tensor]),
        scale,
      ),
    );
  return totalOf(sums);
}

/** The sum of several scalars, by as few operations as may be; `tf.addN`, which is one, takes seven on WebGPU. */
export function totalOf(scalars: readonly tf.Tensor[]): tf.Scalar {
  return scalars.length === 1 ? (scalars[0] as tf.Scalar) : tf.sum(tf.stack([...scalars]));
}

/** (scale·a)², elementwise. */
export function scaledSquare(tensor: tf.Tensor, scale: number): tf.Tensor {
  return squareOf({tensor, scale}).square;
}

const squareOf = elementwise<'tensor' | 'scale', 'square'>('scaled square', ({tensor, scale}) => {
  const scaled = tensor.mul(scale);
  return {square: scaled.mul(scaled)};
});

/** √Σ a², the Euclidean norm of tensors taken together as one vector. */
export function norm(...tensors: readonly tf.Tensor[]): tf.Scalar {
  return root({square: squareSum(tensors)}).root as tf.Scalar;
}

const root = elementwise<'square', 'root'>('root', ({square}) => ({root: square.sqrt()}));

/** √(Σ a²/n), the root of the mean square. */
export function rootMeanSquare(a: tf.Tensor): tf.Scalar {
  return root({square: tf.div(squareSum([a]), a.size)}).root as tf.Scalar;
}

/** The number of a scalar, where looking at it costs nothing; `undefined` elsewhere. */
export function atHand(scalar: tf.Tensor): number | undefined {
  return areAtHand() ? scalar.dataSync()[0] : undefined;
}

/** Σ |a|, the sum of absolute values. */
export function absoluteSum(a: tf.Tensor): tf.Scalar {
  return tf.sum(tf.abs(a));
}

/** The sum of several tensors of one shape. WebGPU's `tf.addN` takes seven, and gives anything for more. */
export function sumOf<T extends tf.Tensor>(tensors: readonly T[]): T {
  return tensors.reduce((sum, tensor) => tf.add(sum, tensor) as T);
}

/** The greatest of several tensors of one shape, elementwise. */
export function maximumOf<T extends tf.Tensor>(tensors: readonly T[]): T {
  return tensors.reduce((greatest, tensor) => tf.maximum(greatest, tensor) as T);
}

/** max|a| over all elements of several tensors. */
export function largest(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.max(tf.stack(tensors.map(tensor => tf.max(tf.abs(tensor)))));
}
