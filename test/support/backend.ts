import * as tf from '@tensorflow/tfjs-core';
import {seedRandom} from './seedRandom.js';

/** The backends on which the whole suite runs, each in a process of its own; scripts/test.js names one. */
const loaders: Record<string, () => Promise<unknown>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  tensorflow: () => import('../../src/node.js'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
};

const backend = process.env.TFJS_INJECT_BACKEND ?? 'cpu';

const load = loaders[backend];
if (!load) {
  throw new Error(
    `TFJS_INJECT_BACKEND must be one of ${Object.keys(loaders).join(', ')}; received '${backend}'.`,
  );
}
// TensorFlow's C++ library reads this as it is loaded, and else prints what it thinks of the processor.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

const {TFJS_INJECT_SEED: seed} = process.env;
seedRandom(seed);
// Before the test files are read: some make tensors as they describe their cases.
await load();
await tf.setBackend(backend);
useFirst();

export const mochaHooks = {
  beforeEach() {
    seedRandom(seed);
    // A test may have switched, and the tests of one backend prove nothing on another.
    if (tf.getBackend() !== backend)
      throw new Error(`The backend is '${tf.getBackend()}', it must be '${backend}'.`);
  },
};

/** At its first tensor the cpu backend recommends tfjs-node in five lines. */
function useFirst(): void {
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', false);
}
