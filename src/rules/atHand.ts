import * as tf from '@tensorflow/tfjs-core';

/** Backends whose numbers JavaScript reads without waiting for a device. */
const backends = ['cpu', 'wasm', 'tensorflow'];

/** Whether it costs nothing to look at numbers of the backend in use. */
export function areAtHand(): boolean {
  return backends.includes(tf.getBackend());
}

/** The number of a scalar, where that costs nothing; `undefined` elsewhere. */
export function atHand(scalar: tf.Tensor): number | undefined {
  return areAtHand() ? scalar.dataSync()[0] : undefined;
}
