import * as tf from '@tensorflow/tfjs-core';
// Core has no gradients of its own: layers registers them.
import '@tensorflow/tfjs-layers';

/** A point of the plane, in float64. */
export type Point = readonly [a: number, b: number];

/** ∇L of L(a, b) = ½·(a² + 10·b²) + a·b + a⁴. */
export const bendGradient = ([a, b]: Point): Point => [a + b + 4 * a ** 3, 10 * b + a];

/** Two variables, at (1, −½), and the loss L over them. */
export function bend() {
  const a = tf.variable(tf.scalar(1));
  const b = tf.variable(tf.scalar(-0.5));
  const loss = () =>
    tf.tidy(() => {
      const squares = tf.add(tf.square(a), tf.mul(10, tf.square(b)));
      return tf.add(tf.mul(0.5, squares), tf.add(tf.mul(a, b), tf.pow(a, 4))) as tf.Scalar;
    });
  const at = () => [a.dataSync()[0]!, b.dataSync()[0]!] as const;
  return {a, b, loss, at, dispose: () => tf.dispose([a, b])};
}
