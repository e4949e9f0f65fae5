import * as tf from '@tensorflow/tfjs-core';
import {Heun, Lookahead, RAdam, Ranger, SGD} from 'tfjs-inject';

/**
 * What is compared: one line each. `compile` gives the optimizer that the model is compiled with (tfjs's plain 'sgd'
 * where it is left out); `inject` gives what is injected into the compiled model, in this order.
 */
export const rows = [
  {name: 'Adam', compile: rates => tf.train.adam(rates.adam)},
  {
    name: 'Adam + Lookahead',
    compile: rates => tf.train.adam(rates.adam),
    inject: () => [new Lookahead({k: 5, alpha: 0.5})],
  },
  {name: 'RAdam', inject: rates => [new RAdam({learningRate: rates.adam})]},
  {name: 'Ranger', inject: rates => [new Ranger({learningRate: rates.adam})]},
  {name: 'SGD', inject: rates => [new SGD({learningRate: rates.sgd})]},
  {name: 'Heun', inject: rates => [new Heun({learningRate: rates.sgd})]},
];
