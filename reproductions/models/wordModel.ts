import {initializers, type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';

const units = 32;

/**
 * A language model: of each word, one-hot, which word follows. A dense layer without bias on one-hot words is an
 * embedding, whose own layer has no gradient on WebAssembly. What a seed makes is always the same.
 */
export function wordModel(words: number, length: number, seed: number): LayersModel {
  const glorot = (place: number) => initializers.glorotUniform({seed: 1000 * seed + place});
  return sequential({
    layers: [
      layers.dense({units, useBias: false, kernelInitializer: glorot(0), inputShape: [length, words]}),
      layers.lstm({
        units,
        returnSequences: true,
        recurrentActivation: 'sigmoid',
        kernelInitializer: glorot(1),
        recurrentInitializer: glorot(2),
      }),
      layers.dense({units: words, activation: 'softmax', kernelInitializer: glorot(3)}),
    ],
  });
}
