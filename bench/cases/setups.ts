import * as tf from '@tensorflow/tfjs-core';
import {Adam, Heun, inject, Lookahead, SAM, SGD} from '../../src/index.js';
import {compiledWith, type Setup} from './training.js';

export const nativeAdam = compiledWith(() => tf.train.adam(0.001));
export const nativeSGD = compiledWith(() => tf.train.sgd(0.001));

export const ourAdam: Setup = (model, loss) => {
  nativeSGD(model, loss);
  new Adam().inject(model);
};

export const ourSGD: Setup = (model, loss) => {
  nativeSGD(model, loss);
  new SGD({learningRate: 0.001}).inject(model);
};

export const heun: Setup = (model, loss) => {
  nativeSGD(model, loss);
  new Heun({learningRate: 0.001}).inject(model);
};

export const sam: Setup = (model, loss) => {
  nativeSGD(model, loss);
  new SAM().inject(model);
};

export const lookahead: Setup = (model, loss) => {
  nativeAdam(model, loss);
  new Lookahead({k: 5}).inject(model);
};

/** An injection with nothing in it, around tfjs's own optimizer. */
export const transparent: Setup = (model, loss) => {
  nativeAdam(model, loss);
  inject(model);
};
