import * as tf from '@tensorflow/tfjs-core';

/**
 * A second reference to a tensor's data, which the caller owns and disposes
 * of. Unlike `clone` it runs no kernel; as every write to a variable swaps its
 * data, what is held keeps its value.
 */
export function hold<T extends tf.Tensor>(tensor: T): tf.Tensor {
  return tf.keep(another(infoOf(tensor), ownerOf(tensor)));
}

/** Whether a tensor still has its data: an engine reset takes it away without disposing of the tensor. */
export function isAlive(tensor: tf.Tensor): boolean {
  return !tensor.isDisposed && isThere(tensor);
}

/** A tensor's data on its backend, though no tensor has it any more. */
export class Held {
  private readonly info: tf.TensorInfo;
  private readonly owner: tf.KernelBackend;

  /** Disposes of the tensor. */
  constructor(tensor: tf.Tensor) {
    this.info = infoOf(tensor);
    this.owner = ownerOf(tensor);
    this.owner.incRef(tensor.dataId);
    tensor.dispose();
  }

  /** A new tensor that shares the data, of the caller's tidy; `undefined` where an engine reset has taken it. */
  tensor(): tf.Tensor | undefined {
    return isThere(this.info) ? another(this.info, this.owner) : undefined;
  }

  /** The values, once the device has done what was asked of it before. */
  async read(): Promise<Float32Array> {
    return (await this.owner.read(this.info.dataId)) as Float32Array;
  }

  release(): void {
    // A tensor that takes over the reference, and the data with it.
    if (isThere(this.info)) tf.engine().makeTensorFromTensorInfo(this.info, this.owner).dispose();
  }
}

/** One more tensor of the same data. */
function another(info: tf.TensorInfo, owner: tf.KernelBackend): tf.Tensor {
  owner.incRef(info.dataId);
  return tf.engine().makeTensorFromTensorInfo(info, owner);
}

const infoOf = ({dataId, shape, dtype}: tf.Tensor): tf.TensorInfo => ({dataId, shape, dtype});

const isThere = ({dataId}: tf.TensorInfo) => tf.engine().state.tensorInfo.has(dataId);

function ownerOf({dataId}: tf.TensorInfo): tf.KernelBackend {
  const engine = tf.engine();
  return engine.state.tensorInfo.get(dataId)?.backend ?? engine.backend;
}
