import {number, rate} from '../../inject/options.js';
import {decaySpecs} from './decayOptions.js';

/** What Adam and its kin have in common: averages m and v of the gradient, and decay. */
export const momentSpecs = {
  learningRate: rate(0.001),
  beta1: number(0.9, {min: 0, below: 1}),
  beta2: number(0.999, {min: 0, below: 1}),
  epsilon: number(1e-8, {min: 0}),
  ...decaySpecs('l2'),
};
