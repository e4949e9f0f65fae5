import * as tf from '@tensorflow/tfjs-core';

const seen = new WeakSet<tf.KernelBackend>();

/** Whether the device computes with 16 bits: WebGL where it cannot write textures of float32, as on some phones. */
export function hasHalfFloats(): boolean {
  return tf.backend().floatPrecision() === 16;
}

/** Once for each backend. */
export function warnOfHalfFloats(): void {
  const backend = tf.backend();
  if (seen.has(backend)) return;
  seen.add(backend);
  if (!hasHalfFloats()) return;
  console.warn(
    `tfjs-inject: the backend ${tf.getBackend()} computes with 16-bit floats on this device: weights and slots have 11 ` +
      `bits, and what is below 6e-8 is 0, squares of small gradients among it. Train on another backend where it matters.`,
  );
}
