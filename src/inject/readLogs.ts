import * as tf from '@tensorflow/tfjs-core';
import type {UnresolvedLogs} from './hooks.js';

/**
 * Puts numbers in the places of the tensors among logs, as TensorFlow.js does for callbacks.
 *
 * @returns the tensors, of which it does not dispose.
 */
export async function readLogs(logs: UnresolvedLogs): Promise<tf.Tensor[]> {
  const found = Object.entries(logs).filter((log): log is [string, tf.Tensor] => log[1] instanceof tf.Tensor);
  await Promise.all(
    found.map(async ([name, tensor]) => {
      logs[name] = (await tensor.data())[0]!;
    }),
  );
  return found.map(([, tensor]) => tensor);
}
