import * as tf from '@tensorflow/tfjs-core';

/**
 * A gradient of rank 2 and more, with zero mean for each output unit: over all
 * axes but the last, where tfjs keeps the outputs. Vectors (biases) stay.
 *
 * @see Yong et al., "Gradient Centralization", ECCV 2020, eq. 1
 */
export function centralized(gradient: tf.Tensor): tf.Tensor {
  if (gradient.rank < 2) return gradient;
  const axes = [...Array(gradient.rank - 1).keys()];
  return tf.sub(gradient, tf.mean(gradient, axes, true));
}
