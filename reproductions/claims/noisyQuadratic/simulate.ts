import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {inject, Lookahead, SGD} from '../../../src/index.js';
import type {Method} from './fixedPoint.js';

export interface Simulation {
  readonly seed: number;
  readonly method: Method;
  /** The curvatures a. */
  readonly spectrum: readonly number[];
  /** Independent copies of each direction. */
  readonly copies: number;
  /** x at the beginning, everywhere. */
  readonly start: number;
  readonly steps: number;
  /** Steps between two looks at the weights that evaluation sees: a multiple of k. */
  readonly every: number;
  /** From which step on the mean over looks is taken. */
  readonly from: number;
}

export interface Outcome {
  /** Of each direction, the mean of x² over copies and looks. */
  readonly squares: readonly number[];
  /** At each look, the mean of ½·a·x² over directions and copies: the loss above its least. */
  readonly losses: readonly number[];
}

/** Trains on ½·a·(x − c)² with a new c ~ N(0, 1) in each step, direction and copy. */
export function simulate({seed, method, spectrum, copies, start, steps, every, from}: Simulation): Outcome {
  const {learningRate, k, alpha} = method;
  const shape: [number, number] = [spectrum.length, copies];
  const x = tf.tidy(() => tf.variable(tf.fill(shape, start)));
  const halves = tf.tensor2d(spectrum.map(a => [a / 2]));
  const optimizer = new SGD({learningRate});
  const injection = inject(optimizer);
  if (k > 1) injection.use(new Lookahead({k, alpha}));
  let sums = spectrum.map(() => 0);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    tf.tidy(() => {
      const c = tf.randomNormal(shape, 0, 1, 'float32', seed * 100_003 + step);
      const loss = () => tf.sum(tf.mul(halves, tf.square(tf.sub(x, c)))) as tf.Scalar;
      optimizer.minimize(loss, false, [x]);
    });
    if (step % every !== 0) continue;
    const squares = injection.evaluate(() => tf.tidy(() => tf.mean(tf.square(x), 1).dataSync()));
    losses.push(spectrum.reduce((sum, a, i) => sum + (a * squares[i]!) / 2, 0) / spectrum.length);
    if (step >= from) sums = sums.map((sum, i) => sum + squares[i]!);
  }
  const looks = Math.floor(steps / every) - Math.ceil(from / every) + 1;
  for (const each of [optimizer, x, halves]) each.dispose();
  return {squares: sums.map(sum => sum / looks), losses};
}
