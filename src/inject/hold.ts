import * as tf from '@tensorflow/tfjs-core';

/**
 * A second reference to a tensor's data, which the caller owns and disposes
 * of. Unlike `clone` it runs no kernel; as every write to a variable swaps its
 * data, what is held keeps its value.
 */
export function hold<T extends tf.Tensor>(tensor: T): tf.Tensor {
  const engine = tf.engine();
  const {dataId, shape, dtype} = tensor;
  const owner = engine.state.tensorInfo.get(dataId)?.backend ?? engine.backend;
  const held = engine.makeTensorFromTensorInfo({dataId, shape, dtype}, owner);
  owner.incRef(dataId);
  return tf.keep(held);
}

/** Whether a tensor still has its data: an engine reset takes it away without disposing of the tensor. */
export function isAlive(tensor: tf.Tensor): boolean {
  return !tensor.isDisposed && tf.engine().state.tensorInfo.has(tensor.dataId);
}
