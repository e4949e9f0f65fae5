import * as tf from '@tensorflow/tfjs-core';

/** Loads a backend of TensorFlow.js by name, and makes it quiet. */
export async function useBackend(name) {
  process.env.TF_CPP_MIN_LOG_LEVEL = '2';
  tf.env().set('PROD', true);
  await import(name === 'tensorflow' ? 'tfjs-inject/node' : `@tensorflow/tfjs-backend-${name}`);
  await tf.setBackend(name);
}
