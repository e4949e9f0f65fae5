import {number, rate} from '../../inject/options.js';

/** A rate, and what moving means of the gradient and of its square need. */
export const momentSpecs = ({learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8} = {}) => ({
  learningRate: rate(learningRate),
  beta1: number(beta1, {min: 0, below: 1}),
  beta2: number(beta2, {min: 0, below: 1}),
  epsilon: number(epsilon, {min: 0}),
});
