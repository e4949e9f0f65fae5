import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {Adam, type InjectOptimizer, RAdam} from '../../../src/index.js';

export interface Setting {
  readonly seed: number;
  readonly beta2: number;
  /** Of the gradients, whose variance is 1. */
  readonly mean: number;
  /** How many weights there are: each has gradients of its own. */
  readonly weights: number;
  /** The steps after which variances are told. */
  readonly told: readonly number[];
}

/** Variances over the weights, of the adaptive rate ψ in Adam's step and of r·ψ in RAdam's. */
export interface Outcome {
  readonly adam: readonly number[];
  readonly radam: readonly number[];
}

/**
 * The loss Σ w·g has the gradient g. Without momentum, at rate 1 and ε = 0, a step from 0 leads to −ψ·g or −r·ψ·g, from
 * which the rate that the optimizer has used is read off.
 */
export function simulate({seed, beta2, mean, weights, told}: Setting): Outcome {
  const shared = {learningRate: 1, beta1: 0, beta2, epsilon: 0};
  const optimizers: InjectOptimizer[] = [new Adam(shared), new RAdam({...shared, threshold: 4})];
  const variables = tf.tidy(() => optimizers.map(() => tf.variable(tf.zeros([weights]))));
  const variances: number[][] = [[], []];
  for (let t = 1; t <= Math.max(...told); t++) {
    tf.tidy(() => {
      const gradient = tf.randomNormal([weights], mean, 1, 'float32', seed * 100_003 + t);
      optimizers.forEach((optimizer, i) => {
        const variable = variables[i]!;
        variable.assign(tf.zeros([weights]));
        optimizer.minimize(() => tf.sum(tf.mul(variable, gradient)) as tf.Scalar, false, [variable]);
        if (told.includes(t)) variances[i]!.push(varianceOf(tf.neg(tf.div(variable, gradient)).dataSync()));
      });
    });
  }
  for (const each of [...optimizers, ...variables]) each.dispose();
  return {adam: variances[0]!, radam: variances[1]!};
}

function varianceOf(values: ArrayLike<number>): number {
  let [mean, sum] = [0, 0];
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - mean) ** 2;
  return sum / (values.length - 1);
}
