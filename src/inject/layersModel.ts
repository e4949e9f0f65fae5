import * as tf from '@tensorflow/tfjs-core';
import type {History, LayersModel, LayerVariable, layers} from '@tensorflow/tfjs-layers';
import {InjectError, shown} from '../errors.js';

/**
 * The private parts of LayersModel and its layers that this library reaches,
 * all of them, as TensorFlow.js 4.2 to 4.22 have them. No other file names one.
 */
export interface ModelInsides {
  /** The model to which a Sequential delegates everything. */
  model?: ModelInsides;
  name: string;
  optimizer_: tf.Optimizer | undefined;
  isOptimizerOwned: boolean;
  isTraining: boolean;
  collectedTrainableWeights: LayerVariable[] | undefined;
  trainableWeights: LayerVariable[];
  weights: LayerVariable[];
  layers: LayerInsides[];
  outputLayers: LayerInsides[];
  metricsTensors: unknown[];
  metricsNames: string[];
  /** A new list at each compile. */
  lossFunctions: unknown;
  stopTraining_: boolean;
  testFunction: ((data: tf.Tensor[]) => tf.Scalar[]) | undefined;
  checkTrainableWeightsConsistency(): void;
  makeTrainFunction(): TrainFunction;
  makeTestFunction(): void;
  testLoop(...args: unknown[]): tf.Scalar[];
  predictLoop(...args: unknown[]): tf.Tensor | tf.Tensor[];
  fitLoop(...args: unknown[]): Promise<History>;
  _refCount: number | null;
  fit: Method;
  fitDataset: Method;
  trainOnBatch: Method;
  save: Method;
  compile: Method;
  dispose: Method;
}

type Method = (...args: never[]) => unknown;

export type TrainFunction = (data: (tf.Tensor | null)[]) => tf.Scalar[];

/** Where `fitLoop` takes what a seam changes. */
export const fitLoopArguments = {train: 0, data: 1, callbacks: 6, shuffle: 9, initialEpoch: 11} as const;

/** What layers hold besides their weights. */
export interface LayerInsides {
  name: string;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: {training?: boolean}): tf.Tensor | tf.Tensor[];
  getClassName(): string;
  getConfig(): tf.serialization.ConfigDict;
  /** Of BatchNormalization. */
  momentum?: number;
  movingMean?: LayerVariable;
  movingVariance?: LayerVariable;
  weights: LayerVariable[];
  trainable: boolean;
  inboundNodes: {inboundLayers: LayerInsides[]}[];
  /** Of a nested model. */
  outputLayers?: LayerInsides[];
  stateful?: boolean;
  /** A stateful RNN's current state, and the former ones that it keeps until `resetStates`. */
  states_?: tf.Tensor[] | null;
  keptStates?: tf.Tensor[][];
  /** An RNN cell's masks of its last call, which it keeps until the next. */
  dropoutMask?: tf.Tensor | tf.Tensor[] | null;
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null;
  /** A random preprocessing layer's own counter, where it has a seed. */
  randomGenerator?: {seed: number | undefined};
}

/**
 * The model that trains: a Sequential's inner one, else the model itself.
 *
 * @throws InjectError where it is none, is not compiled, is disposed, or comes from another copy of tfjs.
 */
export function trainedModel(model: LayersModel): ModelInsides {
  const candidate = model as unknown as ModelInsides | null | undefined;
  if (typeof candidate?.fit !== 'function' || typeof candidate.compile !== 'function') {
    throw new InjectError(
      'INVALID_OPTION',
      `inject needs a tf.LayersModel or a tf.Optimizer; received ${shown(model)}`,
    );
  }
  if (!(candidate instanceof tf.serialization.Serializable)) {
    throw new InjectError(
      'DUPLICATE_TFJS',
      'the model and tfjs-inject must use one copy of @tensorflow/tfjs-core; this program has loaded two. ' +
        '`npm ls @tensorflow/tfjs-core` shows where they come from',
    );
  }
  if (candidate._refCount === 0) throw disposedError(candidate);
  const inner =
    candidate.model && 'collectedTrainableWeights' in candidate.model ? candidate.model : candidate;
  if (!inner.optimizer_ || !inner.collectedTrainableWeights) {
    throw new InjectError(
      'MODEL_NOT_COMPILED',
      `You must compile your model before using it. '${candidate.name}' has no optimizer and no loss yet`,
    );
  }
  requireWeights(inner);
  return inner;
}

/** @throws InjectError `MODEL_DISPOSED` where a weight that is to be trained is no more. */
export function requireWeights(model: ModelInsides): void {
  if (model.collectedTrainableWeights!.some(weight => variableOf(weight).isDisposed))
    throw disposedError(model);
}

export function disposedError({name}: ModelInsides): InjectError {
  return new InjectError('MODEL_DISPOSED', `the model and its weights must not be disposed of; '${name}' is`);
}

/** A layer's variable, which `read()` would refuse to give once it is disposed. */
export function variableOf(weight: LayerVariable): tf.Variable {
  return (weight as unknown as {val: tf.Variable}).val;
}

/** All layers of a model, those inside nested models, wrappers and cells as well, each once. */
export function allLayers(model: ModelInsides): LayerInsides[] {
  const found = new Set<LayerInsides>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isLayer(value) && !found.has(value)) {
      found.add(value);
      Object.values(value).forEach(visit);
    }
  };
  for (const layer of model.layers) visit(layer);
  return [...found];
}

/** The layers that are frozen, nested models among them: their places among all layers, which a model that is made anew has alike. */
export function frozenLayers(model: ModelInsides): number[] {
  return allLayers(model).flatMap((layer, i) => (layer.trainable ? [] : [i]));
}

/** Freezes such layers: `toJSON` forgets that a nested model is frozen. To be called before `compile`. */
export function freezeLayers(model: ModelInsides, frozen: readonly number[]): void {
  const all = allLayers(model);
  for (const i of frozen) if (all[i]) all[i].trainable = false;
}

/** Whether a layer goes on from batch to batch with a state for each row. */
export function hasStatefulLayers(model: ModelInsides): boolean {
  return allLayers(model).some(({stateful}) => stateful);
}

/**
 * The layers that hold each weight, outermost first. A Sequential's inner model does not know of a model that is the
 * Sequential's first layer.
 */
export function holdersOf(outer: ModelInsides, inner: ModelInsides): Map<LayerVariable, layers.Layer[]> {
  const holders = new Map<LayerVariable, layers.Layer[]>();
  for (const layer of new Set([...allLayers(outer), ...allLayers(inner)])) {
    for (const weight of new Set(layer.weights)) {
      holders.set(weight, [...(holders.get(weight) ?? []), layer as unknown as layers.Layer]);
    }
  }
  return holders;
}

/** The weights of the last layers before the model's outputs that have any. */
export function outputWeights(model: ModelInsides): Set<LayerVariable> {
  const found = new Set<LayerVariable>();
  const visited = new Set<LayerInsides>();
  const visit = (layer: LayerInsides) => {
    if (visited.has(layer)) return;
    visited.add(layer);
    if (layer.outputLayers) layer.outputLayers.forEach(visit);
    else if (layer.weights.length > 0) for (const weight of layer.weights) found.add(weight);
    else for (const {inboundLayers} of layer.inboundNodes) inboundLayers.forEach(visit);
  };
  model.outputLayers.forEach(visit);
  return found;
}

function isLayer(value: unknown): value is LayerInsides {
  return value instanceof tf.serialization.Serializable && 'inboundNodes' in value;
}

/**
 * Whether a loss closure is a train function's own. Only its source can tell:
 * a model hands its optimizer nothing else. Names of properties outlive minifiers.
 */
export function isModelLoss(loss: () => tf.Scalar): boolean {
  return Function.prototype.toString.call(loss).includes('metricsTensors');
}
