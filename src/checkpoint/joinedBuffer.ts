import * as tf from '@tensorflow/tfjs-core';

/** One buffer as it is, several as one: TensorFlow.js's own function copies even the one. */
export function joinedBuffer(buffers: ArrayBuffer | ArrayBuffer[] | undefined): ArrayBuffer {
  if (Array.isArray(buffers) && buffers.length === 1) return buffers[0]!;
  return buffers instanceof ArrayBuffer ? buffers : tf.io.CompositeArrayBuffer.join(buffers);
}
