import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {Adam, Heun, inject, Lookahead, SAM, SGD} from '../../src/index.js';
import {compiledWith, type Setup} from './training.js';

export const nativeAdam = compiledWith(() => tf.train.adam(0.001));
export const nativeSGD = compiledWith(() => tf.train.sgd(0.001));

/** An optimizer or a plugin of ours, injected into a model that was compiled as another setup has it. */
const injected =
  (compiled: Setup, make: () => {inject(model: LayersModel): unknown}): Setup =>
  (model, loss) => {
    compiled(model, loss);
    make().inject(model);
  };

export const ourAdam = injected(nativeSGD, () => new Adam());
export const ourSGD = injected(nativeSGD, () => new SGD({learningRate: 0.001}));
export const heun = injected(nativeSGD, () => new Heun({learningRate: 0.001}));
export const sam = injected(nativeSGD, () => new SAM());
export const lookahead = injected(nativeAdam, () => new Lookahead({k: 5}));

/** An injection with nothing in it, around tfjs's own optimizer. */
export const transparent: Setup = (model, loss) => {
  nativeAdam(model, loss);
  inject(model);
};
