import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {type Injection, type InjectPlugin, inject, type Phase, type Weight} from '../../src/index.js';

const recurrent = {recurrentInitializer: 'glorotUniform', useBias: false} as const;

/** A first layer of each kind, without a bias, but for the one whose bias is meant. */
const layers: Readonly<Record<string, () => tfl.layers.Layer>> = {
  dense: () => tfl.layers.dense({units: 4, inputShape: [5], useBias: false}),
  'dense of one unit': () => tfl.layers.dense({units: 1, inputShape: [5], useBias: false}),
  'dense of one input': () => tfl.layers.dense({units: 5, inputShape: [1], useBias: false}),
  bias: () => tfl.layers.dense({units: 6, inputShape: [2]}),
  conv1d: () => tfl.layers.conv1d({filters: 4, kernelSize: 2, inputShape: [4, 3], useBias: false}),
  conv2d: () => tfl.layers.conv2d({filters: 4, kernelSize: [3, 2], inputShape: [4, 4, 3], useBias: false}),
  conv2dTranspose: () =>
    tfl.layers.conv2dTranspose({filters: 4, kernelSize: [3, 2], inputShape: [4, 4, 3], useBias: false}),
  depthwise: () => tfl.layers.depthwiseConv2d({kernelSize: 3, inputShape: [4, 4, 4], useBias: false}),
  separable: () =>
    tfl.layers.separableConv2d({
      filters: 5,
      kernelSize: 2,
      depthMultiplier: 2,
      inputShape: [4, 4, 3],
      useBias: false,
    }),
  embedding: () => tfl.layers.embedding({inputDim: 6, outputDim: 3, inputLength: 2}),
  lstm: () => tfl.layers.lstm({units: 2, inputShape: [3, 2], ...recurrent}),
  'time-distributed dense': () =>
    tfl.layers.timeDistributed({
      layer: tfl.layers.dense({units: 4, useBias: false}),
      inputShape: [2, 5],
    }),
};

/** A compiled model that begins with a layer of the kind, and ends with a unit. */
export function modelOf(kind: string): tfl.LayersModel {
  const first = layers[kind]!();
  const model = tfl.sequential({layers: [first]});
  if (first.outputShape.length > 2) model.add(tfl.layers.flatten());
  model.add(tfl.layers.dense({units: 1}));
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

/** What a plugin makes of one gradient of a model in training; no step is taken. */
export function gradientOf(
  plugin: InjectPlugin,
  kind: string,
  {gradient, weight: value}: {gradient: readonly number[]; weight?: readonly number[]},
): number[] {
  const model = modelOf(kind);
  const injection = inject(model).use(plugin);
  const weight = weightOf(injection, kind);
  const {shape} = weight.variable;
  const values = tf.tidy(() => {
    if (value) weight.variable.assign(tf.tensor([...value], shape));
    const phase = {step: {iterations: 1}} as Phase;
    const gradients = new Map([[weight, tf.tensor([...gradient], shape)]]);
    return [...injection.hooks.gradients.call(gradients, phase).get(weight)!.dataSync()];
  });
  model.dispose();
  return values;
}

function weightOf({weights}: Injection, kind: string): Weight {
  return weights[kind === 'bias' ? 1 : 0]!;
}
