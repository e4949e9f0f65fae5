import type * as tf from '@tensorflow/tfjs-core';
import {Adam, Lookahead, type Plugin, RAdam, Ranger, SGD} from '../../../src/index.js';

export const contestants = ['SGD with momentum', 'Adam', 'RAdam', 'Lookahead around Adam', 'Ranger'] as const;
export type Contestant = (typeof contestants)[number];

export const momentum = 0.9;
export const lookahead = {k: 5, alpha: 0.5} as const;

/** An optimizer and what is injected around it: the library's defaults, but for the learning rate and what stands above. */
export function contestantOf(
  name: Contestant,
  learningRate: number,
): {optimizer: tf.Optimizer; plugins: Plugin[]} {
  switch (name) {
    case 'SGD with momentum':
      return {optimizer: new SGD({learningRate, momentum}), plugins: []};
    case 'Adam':
      return {optimizer: new Adam({learningRate}), plugins: []};
    case 'RAdam':
      return {optimizer: new RAdam({learningRate}), plugins: []};
    case 'Lookahead around Adam':
      return {optimizer: new Adam({learningRate}), plugins: [new Lookahead(lookahead)]};
    case 'Ranger':
      return {optimizer: new Ranger({learningRate}), plugins: []};
  }
}
