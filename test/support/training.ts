import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {type ModelCase, weightsOf, withSeed} from './models.js';

/** The optimizers of tfjs, each made anew. */
export const nativeOptimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adagrad: () => tf.train.adagrad(0.05),
  rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5, undefined, true),
  adam: () => tf.train.adam(0.02),
  adamax: () => tf.train.adamax(0.02),
  adadelta: () => tf.train.adadelta(0.5),
};

/** A `tf.data` dataset, as models take it. */
type Dataset = Parameters<tfl.LayersModel['fitDataset']>[0];

/** Data of a case in batches, as `fitDataset` and `evaluateDataset` take them. */
export function datasetOf({x, y}: ReturnType<ModelCase['data']>, batchSize: number) {
  const rowsOf = (from: number) => (tensors: tf.Tensor | tf.Tensor[]) => {
    const slices = [tensors].flat().map(tensor => tf.slice(tensor, from, batchSize));
    return slices.length === 1 ? slices[0]! : slices;
  };
  const total = [x].flat()[0]!.shape[0]!;
  return {
    iterator: async () => {
      let from = -batchSize;
      return {
        next: async () => {
          from += batchSize;
          if (from >= total) return {done: true, value: null};
          return {done: false, value: {xs: rowsOf(from)(x), ys: rowsOf(from)(y)}};
        },
      };
    },
  } as unknown as Dataset;
}

/** Two batches of a case's data, and one to validate on. */
function dataOf({data, batchSize}: ModelCase) {
  return tf.tidy(() => {
    const {x, y} = data();
    const rowsOf = (tensors: tf.Tensor | tf.Tensor[], from: number, count: number) => {
      const slices = [tensors].flat().map(tensor => tf.slice(tensor, from * batchSize, count * batchSize));
      return slices.length === 1 ? slices[0]! : slices;
    };
    return {
      training: {x: rowsOf(x, 0, 2), y: rowsOf(y, 0, 2)},
      validation: {x: rowsOf(x, 2, 1), y: rowsOf(y, 2, 1)},
    };
  });
}

/** The ways to train a model; each returns what its call returns, and tells `log` what callbacks see. */
export const waysToTrain: Readonly<
  Record<
    string,
    (model: tfl.LayersModel, modelCase: ModelCase, log: (entry: unknown) => void) => Promise<unknown>
  >
> = {
  async fit(model, modelCase, log) {
    const {batchSize, classWeight} = modelCase;
    const {training, validation} = dataOf(modelCase);
    const {history} = await model.fit(training.x, training.y, {
      batchSize,
      epochs: 2,
      verbose: 0,
      yieldEvery: 'never',
      validationData: [validation.x, validation.y],
      ...(classWeight && {classWeight}),
      callbacks: logging(log),
    });
    tf.dispose({training, validation});
    return history;
  },
  async fitDataset(model, modelCase, log) {
    const {batchSize, classWeight} = modelCase;
    const {training, validation} = dataOf(modelCase);
    const {history} = await model.fitDataset(datasetOf(training, batchSize), {
      epochs: 1,
      verbose: 0,
      yieldEvery: 'never',
      validationData: datasetOf(validation, batchSize),
      ...(classWeight && {classWeight}),
      callbacks: logging(log),
    });
    tf.dispose({training, validation});
    return history;
  },
  async trainOnBatch(model, modelCase) {
    const data = dataOf(modelCase);
    const {next} = await (
      datasetOf(data.training, modelCase.batchSize) as unknown as {iterator(): Promise<Batches>}
    ).iterator();
    const results: unknown[] = [];
    for (let batch = await next(); !batch.done; batch = await next()) {
      results.push(await model.trainOnBatch(batch.value!.xs, batch.value!.ys));
      tf.dispose(batch.value!);
    }
    tf.dispose(data);
    return results;
  },
};

interface Batches {
  next(): Promise<{done: boolean; value: {xs: tf.Tensor; ys: tf.Tensor} | null}>;
}

function logging(log: (entry: unknown) => void): tfl.CustomCallbackArgs {
  return {
    onTrainBegin: () => log('train begins'),
    onEpochBegin: epoch => log(['epoch begins', epoch]),
    onBatchBegin: (batch, logs) => log(['batch begins', batch, {...logs}]),
    onBatchEnd: (batch, logs) => log(['batch ends', batch, {...logs}]),
    onEpochEnd: (epoch, logs) => log(['epoch ends', epoch, {...logs}]),
    onTrainEnd: () => log('train ends'),
  };
}

/** All that a user can see of a model after it has been trained in one way: results, logs, weights, state, tensors. */
export async function train(model: tfl.LayersModel, modelCase: ModelCase, way: string) {
  const logs: unknown[] = [];
  const before = tf.memory();
  const result = await withSeed(5, () => waysToTrain[way]!(model, modelCase, entry => logs.push(entry)));
  const after = tf.memory();
  return {
    result,
    logs,
    weights: weightsOf(model),
    optimizer: stateOf(model.optimizer),
    grown: {
      tensors: after.numTensors - before.numTensors,
      buffers: after.numDataBuffers - before.numDataBuffers,
      bytes: after.numBytes - before.numBytes,
    },
  };
}

/** An optimizer's class, options, counters and slots, wherever it keeps them: `getWeights` is not there for all. */
export function stateOf(optimizer: tf.Optimizer) {
  const read = (value: unknown): unknown => {
    if (value instanceof tf.Tensor) return Float32Array.from(value.dataSync());
    if (Array.isArray(value)) return value.map(entry => read(entry?.variable));
    return typeof value === 'number' ? value : undefined;
  };
  const fields = Object.entries(optimizer).map(([name, value]) => [name, read(value)]);
  return {className: optimizer.getClassName(), config: optimizer.getConfig(), fields};
}

/** Frees a model whose optimizer is the caller's. */
export function disposeOf(model: tfl.LayersModel): void {
  const {optimizer} = model;
  model.dispose();
  optimizer.dispose();
}
