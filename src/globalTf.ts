import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from './errors.js';

/**
 * The `tf` of a page that has loaded TensorFlow.js by a script element: what the one file for pages has in place of
 * its imports.
 *
 * @throws InjectError `MISSING_TFJS` where there is none.
 */
export function globalTf(): typeof tf {
  const found: unknown = (globalThis as {tf?: unknown}).tf;
  if (typeof (found as Partial<typeof tf> | undefined)?.Optimizer !== 'function') {
    throw new InjectError(
      'MISSING_TFJS',
      `TensorFlow.js must be loaded before tfjs-inject, by a script element that makes the global 'tf'; received ${shown(found)}`,
    );
  }
  return found as typeof tf;
}
