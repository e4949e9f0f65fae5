import * as tf from '@tensorflow/tfjs-core';
import type {Problem} from './problems.js';

/** The problem with its loss, and so its gradient, multiplied. */
export const times = (factor: number, problem: Problem): Problem => ({
  ...problem,
  loss64: weights => factor * problem.loss64(weights),
  gradient64: weights => problem.gradient64(weights).map(values => values.map(value => factor * value)),
  loss: weights => tf.mul(problem.loss(weights), factor),
});
