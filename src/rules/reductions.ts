import * as tf from '@tensorflow/tfjs-core';

/** Numbers over all elements of a tensor, as scalars that stay on the device; to be called within a tidy. */

/** Σ a·b, of two tensors of one shape. */
export function dot(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(a, b));
}

/** √Σ a², the Euclidean norm of a tensor taken as one vector. */
export function norm(a: tf.Tensor): tf.Scalar {
  return tf.sqrt(tf.sum(tf.square(a)));
}

/** √(Σ a²/n), the root of the mean square. */
export function rootMeanSquare(a: tf.Tensor): tf.Scalar {
  return tf.sqrt(tf.mean(tf.square(a)));
}

/** Σ |a|, the sum of absolute values. */
export function absoluteSum(a: tf.Tensor): tf.Scalar {
  return tf.sum(tf.abs(a));
}

/** The sum of several tensors of one shape. */
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
