import * as tf from '@tensorflow/tfjs-core';

/**
 * Frees what a gradient computation that threw had saved for its backward pass:
 * core keeps those tensors out of every tidy, and disposes of them only where
 * the backward pass succeeds.
 */
export function freeTape(): void {
  const {state} = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const {saved} of state.activeTape) tf.dispose(saved ?? []);
  state.activeTape = undefined!;
}
