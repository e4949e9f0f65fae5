import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export const x = tf.tensor2d([1, 2], [2, 1]);
export const y = tf.tensor2d([3, 0], [2, 1]);

/** y ≈ w·x with w₀ = 1, whose gradient on the data is 2·(mean x²·w − mean x·y) = 5w − 3. */
export function lineModel(optimizer: string | tf.Optimizer = 'sgd'): tfl.LayersModel {
  const layer = tfl.layers.dense({units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones'});
  const made = tfl.sequential({layers: [layer]});
  made.compile({optimizer, loss: 'meanSquaredError'});
  return made;
}

export const weightOf = (of: tfl.LayersModel) => of.getWeights()[0]!.dataSync()[0]!;
