/// <reference types="node" />
import {createRequire} from 'node:module';
import {InjectError} from './errors.js';
import {EarlyCallback} from './inject/earlyCallback.js';

// A CommonJS `require`: the ES module namespace of `node:util` cannot be written.
const require = createRequire(import.meta.url);

/**
 * TensorFlow.js with the native backend of `@tensorflow/tfjs-node`, loaded so that it also runs on the Node
 * releases it was not written for. Its kernels call `util.isNullOrUndefined`, which Node 23 removed, and
 * `util.isArray`, which is about to go: without them tfjs-node 4.22 loads, and then fails at the first operation.
 * This entry puts both on `node:util` before it loads the package.
 *
 * Where it is imported, the progress bar of `verbose: 1` shows what plugins write into the logs, such as Monitor's numbers.
 *
 * Importing it makes `tensorflow` the backend. With one copy installed it is the same `@tensorflow/tfjs-core` that
 * `import '@tensorflow/tfjs-core'` gives, so tensors, models and registered classes are shared.
 *
 * @throws InjectError `NATIVE_BACKEND` at import, where `@tensorflow/tfjs-node` is not installed, or its native
 *   binding is missing or does not load. The message says how to mend it; `cause` has the original error.
 * @example
 * import {tf} from 'tfjs-inject/node';
 * const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [4]})]});
 */
export const tf = loadTfjsNode();

function loadTfjsNode(): typeof import('@tensorflow/tfjs-node') {
  restoreUtilities();
  try {
    const loaded: typeof import('@tensorflow/tfjs-node') = require('@tensorflow/tfjs-node');
    loaded.registerCallbackConstructor(0, EarlyCallback as never);
    return loaded;
  } catch (error) {
    const advice = adviceOn(error);
    if (advice === undefined) throw error;
    throw Object.assign(new InjectError('NATIVE_BACKEND', advice), {cause: error});
  }
}

/** Node 22 warns about these two on standard error, later releases drop them; they are what they have always been. */
function restoreUtilities(): void {
  const util: {isArray?: unknown; isNullOrUndefined?: unknown} = require('node:util');
  util.isArray = Array.isArray;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
}

/** What mends the failure; undefined where it is not about the package or its binding. */
function adviceOn(error: unknown): string | undefined {
  const {code, message} = error as NodeJS.ErrnoException;
  if (code === 'MODULE_NOT_FOUND' && message.includes("'@tensorflow/tfjs-node'")) {
    return '@tensorflow/tfjs-node must be installed; it was not found. Write: npm install @tensorflow/tfjs-node';
  }
  if (code === 'ERR_DLOPEN_FAILED' || message?.includes('tfjs_binding.node')) {
    const reason = message.split('\n')[0]?.replace(/\.?\s*$/, '');
    return `the native binding of @tensorflow/tfjs-node must load; received: ${reason}. Write: npx tfjs-inject-setup-node`;
  }
  return undefined;
}
