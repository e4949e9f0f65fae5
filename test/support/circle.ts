import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.

/** The distance from the solution (0, 0) of the game min over x, max over y of x·y, after each step; entry 0 is the start. */
export function circle(optimizer: tf.Optimizer, start: readonly [number, number], steps: number): number[] {
  const [x, y] = start.map(value => tf.variable(tf.scalar(value))) as [tf.Variable, tf.Variable];
  // The field (∂/∂x, −∂/∂y)·x·y = (y, −x) is no gradient of any loss.
  const game = tf.customGrad((...args) => ({
    value: tf.scalar(0),
    gradFunc: () => [tf.clone(args[1] as tf.Tensor), tf.neg(args[0] as tf.Tensor)],
  }));
  const distance = () => Math.hypot(x.dataSync()[0]!, y.dataSync()[0]!);
  const distances = [distance()];
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(() => game(x, y) as tf.Scalar, false, [x, y]);
    distances.push(distance());
  }
  for (const each of [optimizer, x, y]) each.dispose();
  return distances;
}
