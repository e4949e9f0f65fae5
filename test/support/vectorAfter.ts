import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.

/** A weight after steps by the given gradients, all flat, in the given shape. */
export function vectorAfter(
  optimizer: tf.Optimizer,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  shape: number[] = [start.length],
): number[] {
  const weight = tf.variable(tf.tensor([...start], shape));
  for (const gradient of gradients) {
    optimizer.minimize(() => tf.sum(tf.mul(weight, tf.tensor([...gradient], shape))) as tf.Scalar, false, [
      weight,
    ]);
  }
  const moved = [...weight.dataSync()];
  for (const each of [optimizer, weight]) each.dispose();
  return moved;
}
