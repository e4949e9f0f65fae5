import * as tf from '@tensorflow/tfjs-core';

export const backends = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;
export type Backend = (typeof backends)[number];

/** Where the backends come from, each loaded when it is first asked for. */
export type Loaders = Readonly<Record<Backend, () => Promise<unknown>>>;

/**
 * Makes a backend the one in use.
 *
 * @throws Error where the browser has not what it needs.
 */
export async function use(backend: Backend, loaders: Loaders): Promise<void> {
  await loaders[backend]();
  const works = await tf.setBackend(backend).catch(() => false);
  if (!works || tf.getBackend() !== backend)
    throw new Error(`This browser has no ${backend}: choose another backend.`);
  await tf.ready();
}
