import * as tf from '@tensorflow/tfjs-core';

/**
 * Normal numbers of shape [seeds, …shape]: each seed's follow from it and `what` alone, whichever stand beside it. Problems of several
 * seeds are trained at once, side by side in one tensor, for these optimizers act on each number by itself.
 */
export function normalNumbers(seeds: readonly number[], shape: readonly number[], what: number): tf.Tensor {
  return tf.tidy(() =>
    tf.stack(seeds.map(seed => tf.randomNormal([...shape], 0, 1, 'float32', seed * 1_000_003 + what))),
  );
}
