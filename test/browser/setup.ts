import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
// With it come the gradients of core's operations.
import '@tensorflow/tfjs-layers';
import {seedRandom} from '../support/seedRandom.js';

/** Runs in the page before the test files are read. The address names the backend. */
const {searchParams} = new URL(location.href);
export const backendName = searchParams.get('backend')!;

const seed = searchParams.get('seed') ?? undefined;
seedRandom(seed);
mocha.setup({ui: 'bdd', timeout: 600_000, rootHooks: {beforeEach: () => seedRandom(seed)}} as never);
await tf.setBackend(backendName);
await tf.ready();

/** Back to the page's backend, for a test that has left it. */
export async function onBackend<T>(name: string, body: () => Promise<T>): Promise<T> {
  await tf.setBackend(name);
  try {
    return await body();
  } finally {
    await tf.setBackend(backendName);
  }
}
