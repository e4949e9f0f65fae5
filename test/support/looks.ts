import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type {ModelCase} from './models.js';
import {datasetOf} from './training.js';

type Data = ReturnType<ModelCase['data']>;
type Look = (model: tfl.LayersModel, data: Data) => unknown;

const valuesOf = async (result: tf.Tensor | tf.Tensor[]) => {
  const read = await Promise.all([result].flat().map(async tensor => [...(await tensor.data())]));
  tf.dispose(result);
  return read;
};

/** Every way to look at a model from outside. */
export const looks: Readonly<Record<string, Look>> = {
  evaluate: (model, {x, y}) => valuesOf(model.evaluate(x, y, {batchSize: 8})),
  evaluateDataset: async (model, data) =>
    valuesOf((await model.evaluateDataset(datasetOf(data, 8) as never, {})) as tf.Scalar[]),
  predict: (model, {x}) => valuesOf(model.predict(x) as tf.Tensor | tf.Tensor[]),
  predictOnBatch: (model, {x}) => valuesOf(model.predictOnBatch(x) as tf.Tensor | tf.Tensor[]),
  async save(model) {
    let saved: unknown;
    const handler = tf.io.withSaveHandler(async artifacts => {
      saved = new Float32Array(artifacts.weightData as ArrayBuffer);
      return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
    });
    await model.save(handler);
    return saved;
  },
};

type Fit = (
  model: tfl.LayersModel,
  data: Data,
  epochs: number,
  callbacks?: tfl.CustomCallbackArgs,
) => Promise<{history: Record<string, (number | tf.Tensor)[]>}>;

const common = {verbose: 0, yieldEvery: 'never'} as const;
/** The ways to fit a model with validation, without shuffling. */
export const fits: Readonly<Record<string, Fit>> = {
  fit: (model, {x, y}, epochs, callbacks = {}) =>
    model.fit(x, y, {...common, epochs, callbacks, batchSize: 8, shuffle: false, validationData: [x, y]}),
  fitDataset: (model, data, epochs, callbacks = {}) => {
    const dataset = datasetOf(data, 8);
    return model.fitDataset(dataset, {...common, epochs, callbacks, validationData: dataset});
  },
  'fitDataset, with tensors to validate on,': (model, data, epochs, callbacks = {}) => {
    const validation = {validationData: [data.x, data.y] as never, validationBatchSize: 8};
    return model.fitDataset(datasetOf(data, 8), {...common, epochs, callbacks, ...validation});
  },
};
