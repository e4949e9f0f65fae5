import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
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

/** What TensorFlow.js would ask for its `data()`, whatever it is. */
export function requireNumbers(kind: string, logs: UnresolvedLogs): void {
  for (const [name, value] of Object.entries(logs)) {
    if (typeof value === 'number' || value instanceof tf.Tensor) continue;
    throw new InjectError(
      'INVALID_OPTION',
      `logs at the boundary '${kind}' must be numbers; received ${shown(value)} as '${name}'`,
    );
  }
}
