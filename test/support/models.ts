import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {seededSource} from '../../src/inject/randomness.js';

/** A kind of model that the library must work on, with data to train it; made anew, and equal, each time. */
export interface ModelCase {
  readonly name: string;
  /** Compiles with `optimizer`; the weights are the same at every call. */
  make(optimizer: string | tf.Optimizer): tfl.LayersModel;
  data(): {x: tf.Tensor | tf.Tensor[]; y: tf.Tensor | tf.Tensor[]};
  /** Rows in a batch, where a stateful layer fixes it. */
  readonly batchSize: number;
  readonly classWeight?: tfl.ClassWeight;
}

const rows = 24;

/** Gives every weight a value that follows from its place alone. */
function fix(model: tfl.LayersModel): tfl.LayersModel {
  tf.tidy(() => {
    const values = model.weights.map((weight, i) => {
      const isMoving = weight.originalName.includes('moving');
      return isMoving ? weight.read() : tf.randomNormal(weight.shape as number[], 0, 0.4, 'float32', 100 + i);
    });
    model.setWeights(values);
  });
  return model;
}

function normal(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

function compiled(model: tfl.LayersModel, args: tfl.ModelCompileArgs): tfl.LayersModel {
  fix(model).compile(args);
  return model;
}

export const modelCases: readonly ModelCase[] = [
  {
    name: 'a sequential dense model with metrics and regularizers',
    batchSize: 8,
    make: optimizer =>
      compiled(
        tfl.sequential({
          layers: [
            tfl.layers.dense({
              units: 6,
              inputShape: [4],
              activation: 'tanh',
              kernelRegularizer: tfl.regularizers.l2({l2: 0.01}),
            }),
            tfl.layers.dense({units: 3, activation: 'softmax'}),
          ],
        }),
        {optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy', 'mse']},
      ),
    data: () => ({
      x: normal([rows, 4], 1),
      y: tf.tidy(() => {
        const classes = [...Array(rows).keys()].map(i => i % 3);
        return tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 3), 'float32');
      }),
    }),
    classWeight: {0: 1, 1: 2, 2: 0.5},
  },
  {
    name: 'a model with BatchNorm and dropout',
    batchSize: 8,
    make: optimizer =>
      compiled(
        tfl.sequential({
          layers: [
            tfl.layers.dense({units: 8, inputShape: [4], activation: 'relu'}),
            tfl.layers.batchNormalization({}),
            tfl.layers.dropout({rate: 0.4}),
            tfl.layers.gaussianNoise({stddev: 0.1}),
            tfl.layers.dense({units: 2}),
          ],
        }),
        {optimizer, loss: 'meanSquaredError', metrics: ['mae']},
      ),
    data: () => ({x: normal([rows, 4], 2), y: normal([rows, 2], 3)}),
  },
  {
    name: 'a functional model with two inputs and two outputs',
    batchSize: 8,
    make: optimizer => {
      const left = tfl.input({shape: [3]});
      const right = tfl.input({shape: [2]});
      const shared = tfl.layers.dense({units: 4, activation: 'tanh'});
      const joined = tfl.layers
        .concatenate()
        .apply([
          shared.apply(left) as tfl.SymbolicTensor,
          tfl.layers.dense({units: 3}).apply(right) as tfl.SymbolicTensor,
        ]) as tfl.SymbolicTensor;
      const first = tfl.layers.dense({units: 1, name: 'first'}).apply(joined) as tfl.SymbolicTensor;
      const second = tfl.layers.dense({units: 2, name: 'second'}).apply(joined) as tfl.SymbolicTensor;
      const model = tfl.model({inputs: [left, right], outputs: [first, second]});
      return compiled(model, {
        optimizer,
        loss: ['meanSquaredError', 'meanAbsoluteError'],
        metrics: ['mse'],
      });
    },
    data: () => ({
      x: [normal([rows, 3], 4), normal([rows, 2], 5)],
      y: [normal([rows, 1], 6), normal([rows, 2], 7)],
    }),
  },
  {
    name: 'nested models, one of them frozen',
    batchSize: 6,
    make: optimizer => {
      const inner = tfl.sequential({
        layers: [
          tfl.layers.dense({units: 5, inputShape: [4], activation: 'tanh'}),
          tfl.layers.batchNormalization({}),
        ],
      });
      const frozen = tfl.sequential({layers: [tfl.layers.dense({units: 4, inputShape: [5]})]});
      frozen.trainable = false;
      const input = tfl.input({shape: [4]});
      const hidden = frozen.apply(inner.apply(input)) as tfl.SymbolicTensor;
      const output = tfl.layers.dense({units: 1}).apply(hidden) as tfl.SymbolicTensor;
      return compiled(tfl.model({inputs: input, outputs: output}), {optimizer, loss: 'meanSquaredError'});
    },
    data: () => ({x: normal([rows, 4], 8), y: normal([rows, 1], 9)}),
  },
  {
    name: 'a stateful recurrent model with dropout',
    batchSize: 8,
    make: optimizer =>
      compiled(
        tfl.sequential({
          layers: [
            tfl.layers.gru({
              units: 3,
              stateful: true,
              batchInputShape: [8, 3, 2],
              dropout: 0.2,
              // The default, orthogonal, calls chained operations, which core alone does not have.
              recurrentInitializer: 'glorotUniform',
            }),
            tfl.layers.dense({units: 1}),
          ],
        }),
        {optimizer, loss: 'meanSquaredError', metrics: ['mae']},
      ),
    data: () => ({x: normal([rows, 3, 2], 10), y: normal([rows, 1], 11)}),
  },
  {
    name: 'a convolutional model',
    batchSize: 6,
    make: optimizer =>
      compiled(
        tfl.sequential({
          layers: [
            tfl.layers.conv2d({filters: 2, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu'}),
            tfl.layers.flatten(),
            tfl.layers.dense({units: 1, activation: 'sigmoid'}),
          ],
        }),
        {optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy']},
      ),
    data: () => ({
      x: normal([rows, 6, 6, 1], 12),
      y: tf.tensor2d(
        [...Array(rows).keys()].map(i => i % 2),
        [rows, 1],
      ),
    }),
  },
];

/** The weights' values, in the order of `getWeights`. */
export function weightsOf(model: tfl.LayersModel): Float32Array[] {
  return model.getWeights().map(weight => Float32Array.from(weight.dataSync()));
}

/** Runs `body` with `Math.random` following from `seed`, so that two runs shuffle and draw alike. */
export async function withSeed<T>(seed: number, body: () => T | Promise<T>): Promise<T> {
  const native = Math.random;
  Math.random = seededSource(seed);
  try {
    return await body();
  } finally {
    Math.random = native;
  }
}
