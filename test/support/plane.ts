import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** A unit of two inputs, compiled, and a batch of two rows for it. */
export function compiled(optimizer: string | tf.Optimizer = 'sgd'): tfl.Sequential {
  const model = tfl.sequential({
    layers: [tfl.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'ones'})],
  });
  model.compile({optimizer, loss: 'meanSquaredError'});
  return model;
}

export const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
export const y = tf.tensor2d([1, 0], [2, 1]);
