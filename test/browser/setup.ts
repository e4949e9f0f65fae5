import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
// With it come the gradients of core's operations.
import '@tensorflow/tfjs-layers';

/** Runs in the page before the test files are read. The address names the backend. */
export const backendName = new URL(location.href).searchParams.get('backend')!;

mocha.setup({ui: 'bdd', timeout: 300_000});
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
