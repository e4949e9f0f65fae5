import * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';

/** A model with data that it can be trained on. */
export interface ModelCase {
  readonly name: string;
  /** Makes the same weights each time, not compiled. */
  make(): LayersModel;
  readonly loss: 'meanSquaredError' | 'categoricalCrossentropy';
  readonly input: readonly number[];
  readonly output: number;
  readonly batchSize: number;
  /** Batches in one call of `fit`. */
  readonly batches: number;
  /** Too much work for plain JavaScript. */
  readonly isLarge?: boolean;
}

const kernel = (seed: number) => initializers.glorotUniform({seed});

export const deep: ModelCase = {
  name: 'dense, 30 layers of 64',
  make: () =>
    sequential({
      layers: Array.from({length: 30}, (_, i) =>
        layers.dense({
          units: 64,
          activation: 'tanh',
          kernelInitializer: kernel(i),
          ...(i === 0 && {inputShape: [64]}),
        }),
      ),
    }),
  loss: 'meanSquaredError',
  input: [64],
  output: 64,
  batchSize: 32,
  batches: 4,
};

export const middling: ModelCase = {
  name: 'dense, 100 k weights',
  make: () =>
    sequential({
      layers: [
        layers.dense({units: 256, activation: 'relu', kernelInitializer: kernel(1), inputShape: [256]}),
        layers.dense({units: 128, activation: 'relu', kernelInitializer: kernel(2)}),
        layers.dense({units: 10, activation: 'softmax', kernelInitializer: kernel(3)}),
      ],
    }),
  loss: 'categoricalCrossentropy',
  input: [256],
  output: 10,
  batchSize: 32,
  batches: 16,
};

export const wide: ModelCase = {
  name: 'dense, 1.86 M weights',
  make: () =>
    sequential({
      layers: [
        layers.dense({units: 1024, activation: 'relu', kernelInitializer: kernel(1), inputShape: [784]}),
        layers.dense({units: 1024, activation: 'relu', kernelInitializer: kernel(2)}),
        layers.dense({units: 10, activation: 'softmax', kernelInitializer: kernel(3)}),
      ],
    }),
  loss: 'categoricalCrossentropy',
  input: [784],
  output: 10,
  batchSize: 32,
  batches: 4,
  isLarge: true,
};

export const convolutional: ModelCase = {
  name: 'convolutional',
  make: () =>
    sequential({
      layers: [
        layers.conv2d({
          filters: 16,
          kernelSize: 3,
          strides: 2,
          activation: 'relu',
          kernelInitializer: kernel(1),
          inputShape: [28, 28, 1],
        }),
        layers.conv2d({
          filters: 32,
          kernelSize: 3,
          strides: 2,
          activation: 'relu',
          kernelInitializer: kernel(2),
        }),
        layers.flatten(),
        layers.dense({units: 10, activation: 'softmax', kernelInitializer: kernel(3)}),
      ],
    }),
  loss: 'categoricalCrossentropy',
  input: [28, 28, 1],
  output: 10,
  batchSize: 32,
  batches: 4,
};

export const recurrent: ModelCase = {
  name: 'LSTM',
  make: () =>
    sequential({
      layers: [
        layers.lstm({
          units: 32,
          kernelInitializer: kernel(1),
          recurrentInitializer: kernel(2),
          inputShape: [12, 8],
        }),
        layers.dense({units: 4, kernelInitializer: kernel(3)}),
      ],
    }),
  loss: 'meanSquaredError',
  input: [12, 8],
  output: 4,
  batchSize: 32,
  batches: 2,
};

export const oneWeight: ModelCase = {
  name: 'one weight',
  make: () =>
    sequential({
      layers: [layers.dense({units: 1, useBias: false, kernelInitializer: kernel(1), inputShape: [1]})],
    }),
  loss: 'meanSquaredError',
  input: [1],
  output: 1,
  batchSize: 1,
  batches: 64,
};

/** The same rows each time; targets are one-hot, which suits both losses. */
export function dataOf({input, output, batchSize, batches}: ModelCase): {x: tf.Tensor; y: tf.Tensor} {
  const rows = batchSize * batches;
  const classes = new Float32Array(rows * output);
  for (let row = 0; row < rows; row++) classes[row * output + (row % output)] = 1;
  return {
    x: tf.randomUniform([rows, ...input], -1, 1, 'float32', 7),
    y: tf.tensor2d(classes, [rows, output]),
  };
}
