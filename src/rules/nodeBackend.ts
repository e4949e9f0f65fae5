import type * as tf from '@tensorflow/tfjs-core';

/** What of tfjs-node's backend is called beside the kernels of tfjs: all of it stands here. */
export interface NodeBackend extends tf.KernelBackend {
  /** Runs one of TensorFlow's operations; types it infers from the inputs. */
  executeSingleOutput(name: string, attributes: object[], inputs: tf.TensorInfo[]): tf.Tensor;
}
