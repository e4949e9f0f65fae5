import * as tf from '@tensorflow/tfjs-core';

/** A step down a plane by the gradient that it has, to the bit: no loss has rounded it. It does not touch `others`. */
export function stepBy(
  gradient: tf.Tensor,
  optimizer: tf.Optimizer,
  weight: tf.Variable,
  others: tf.Variable[] = [],
): void {
  const loss = tf.customGrad(at => ({
    value: tf.sum(tf.mul(at as tf.Tensor, gradient)),
    gradFunc: () => [tf.clone(gradient)],
  }));
  optimizer.minimize(() => loss(weight) as tf.Scalar, false, [weight, ...others]);
}
