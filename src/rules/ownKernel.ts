import * as tf from '@tensorflow/tfjs-core';

/** @returns what registers a kernel of ours with a backend, the first time that it is asked to. */
export function ownKernel(kernelName: string, kernelFunc: tf.KernelFunc): (backendName: string) => void {
  const registered = new Set<string>();
  return backendName => {
    if (registered.has(backendName)) return;
    registered.add(backendName);
    // Another copy of this library may have been there.
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({kernelName, backendName, kernelFunc});
  };
}
