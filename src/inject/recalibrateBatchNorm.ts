import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {InjectError, shown} from '../errors.js';
import {hold} from './hold.js';
import {layerStatesOf} from './layerState.js';
import {allLayers, type LayerInsides, type ModelInsides, variableOf} from './layersModel.js';
import {checkOptions, integer} from './options.js';

/** Options of `recalibrateBatchNorm`. */
export interface RecalibrateBatchNormOptions {
  /** Rows that are normalized together. Integer ≥ 1. Default 32. */
  batchSize?: number;
}

/**
 * Computes the moving statistics of all BatchNorm layers anew, for weights that
 * no batch has been trained with: an average (EMA, SWA), slow weights, weights
 * that were loaded. No weight is trained; other layers' state stays.
 *
 * Rule, for each BatchNorm layer and its inputs in batches b = 1 … B, taken as in training (masks of dropout included):
 *     mean     = Σ mean(b)/B
 *     variance = Σ variance(b)/B          biased, as tfjs has it in training
 *
 * It runs on the weights that evaluation sees. Where it throws, the statistics are as they were before. After further
 * training, BatchNorm's own averages go on from here.
 *
 * Differs from torch's update_bn: the variance there is unbiased.
 *
 * @param model a LayersModel; it need not be compiled, nor injected.
 * @param x     rows of training data, enough to be like all of it: a tensor, or a list of one for each input.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; what tfjs throws where x does not fit the model.
 * @example
 * new EMA({halfLife: 50}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * recalibrateBatchNorm(model, x, {batchSize: 32});
 * model.evaluate(x, y);
 * @see Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, section 3.2
 */
export function recalibrateBatchNorm(
  model: LayersModel,
  x: tf.Tensor | tf.Tensor[],
  options?: RecalibrateBatchNormOptions,
): void {
  const {batchSize} = checkOptions('recalibrateBatchNorm', options, {batchSize: integer(32, {min: 1})});
  if (typeof model?.predict !== 'function' || !Array.isArray(model.layers)) {
    throw new InjectError(
      'INVALID_OPTION',
      `recalibrateBatchNorm needs a tf.LayersModel; received ${shown(model)}`,
    );
  }
  requireRows(x);
  const layers = allLayers(model as unknown as ModelInsides);
  const norms = layers.filter(layer => layer.movingMean && layer.movingVariance);
  if (norms.length === 0) {
    throw new InjectError(
      'INVALID_OPTION',
      `recalibrateBatchNorm needs a model with a BatchNormalization layer that is built; '${model.name}' has none`,
    );
  }

  const state = layerStatesOf(model as unknown as ModelInsides, []).capture();
  const statistics = norms.flatMap(({movingMean, movingVariance}) =>
    [movingMean!, movingVariance!].map(variableOf),
  );
  const former = statistics.map(hold);
  const putBack = layers.map(layer => trainingCall(layer));
  try {
    // By predict, which takes batches, checks x, and sees the weights that evaluation sees.
    tf.tidy(() => {
      for (const variable of statistics) variable.assign(tf.zerosLike(variable));
      model.predict(x, {batchSize});
    });
  } catch (error) {
    statistics.forEach((variable, i) => {
      variable.assign(former[i]!);
    });
    throw error;
  } finally {
    for (const back of putBack) back();
    state.restore();
    state.release();
    tf.dispose(former);
  }
}

/**
 * Makes a layer be called as in training; a BatchNorm layer with the momentum by which its moving statistics become
 * the average over all calls. What is returned puts it back.
 */
function trainingCall(layer: LayerInsides): () => void {
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  const {call, momentum} = layer;
  let calls = 0;
  const value: LayerInsides['call'] = (inputs, kwargs) => {
    if (layer.movingMean) layer.momentum = calls / (calls + 1);
    calls++;
    return call.call(layer, inputs, {...kwargs, training: true});
  };
  Object.defineProperty(layer, 'call', {value, configurable: true, writable: true, enumerable: false});
  return () => {
    if (own) Object.defineProperty(layer, 'call', own);
    else delete (layer as Partial<LayerInsides>).call;
    if (layer.movingMean) layer.momentum = momentum!;
  };
}

function requireRows(x: tf.Tensor | tf.Tensor[]): void {
  const tensors = Array.isArray(x) ? x : [x];
  if (tensors.length > 0 && tensors.every(each => each instanceof tf.Tensor && (each.shape[0] ?? 0) > 0))
    return;
  throw new InjectError(
    'INVALID_OPTION',
    `x of recalibrateBatchNorm must be a tensor, or a list of tensors, of at least one row; received ` +
      `${shown(x)}${tensors[0] instanceof tf.Tensor ? ` of shape [${tensors[0].shape}]` : ''}`,
  );
}
