import * as tf from '@tensorflow/tfjs-core';

/**
 * A gradient of rank 2 and more, with zero mean for each output unit: over all
 * axes but the last, where tfjs keeps the outputs, unless others are given. Vectors (biases) stay.
 *
 * @see Yong et al., "Gradient Centralization", ECCV 2020, eq. 1
 */
export function centralized(
  gradient: tf.Tensor,
  axes = [...Array(Math.max(0, gradient.rank - 1)).keys()],
): tf.Tensor {
  if (axes.length === 0) return gradient;
  return tf.sub(gradient, tf.mean(gradient, axes, true));
}
