import * as tf from '@tensorflow/tfjs-core';
import type {Experiment} from './experiment.js';

// Read when TensorFlow's library is loaded: runs go side by side, and one thread each keeps them out of each other's way.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
process.env.TF_NUM_INTRAOP_THREADS ??= '1';
process.env.TF_NUM_INTEROP_THREADS ??= '1';

const loaders: Readonly<Record<Experiment['backend'], () => Promise<unknown>>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  tensorflow: () => import('../src/node.js'),
};

/** Makes a backend the one in use. */
export async function useBackend(backend: Experiment['backend']): Promise<void> {
  await loaders[backend]();
  // No advice to use tfjs-node where an experiment is too small to gain from it.
  tf.env().set('PROD', true);
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  await tf.ready();
}
