import * as tf from '@tensorflow/tfjs-core';
import {forward, meanSquares} from './network.js';
import {normalNumbers} from './normalNumbers.js';

/** A problem that is trained for several seeds at once. */
export interface Trained {
  readonly variables: tf.Variable[];
  /** The sum over seeds; what it draws follows from the step. Called within `tidy`. */
  loss(step: number): tf.Scalar;
  /** One number per seed, which is to become small. Called within `tidy`. */
  measure(): tf.Tensor;
}

export interface Problem {
  readonly title: string;
  /** What `measure` measures. */
  readonly measured: string;
  /** Gradients that everyone gets. */
  readonly gradients: number;
  readonly rates: readonly number[];
  make(seeds: readonly number[]): Trained;
}

const grid = (largest: number, factor: number, length: number) =>
  Array.from({length}, (_, i) => Number((largest / factor ** i).toPrecision(3)));

const conditionNumber = 1000;
const directions = 10;

const quadratic: Problem = {
  title: `stiff quadratic (condition number ${conditionNumber})`,
  measured: 'loss',
  gradients: 240,
  rates: grid(3.8, Math.SQRT2, 8),
  make(seeds) {
    const halves = tf.tensor1d(
      Array.from({length: directions}, (_, i) => conditionNumber ** (-i / (directions - 1)) / 2),
    );
    const x = tf.variable(normalNumbers(seeds, [directions], 1));
    const losses = () => tf.sum(tf.mul(halves, tf.square(x)), 1);
    return {variables: [x], loss: () => tf.sum(losses()), measure: losses};
  },
};

const valley: Problem = {
  title: "curved valley (Rosenbrock's function)",
  measured: 'loss',
  gradients: 240,
  rates: grid(0.008, Math.SQRT2, 9),
  make(seeds) {
    const around = tf.tensor1d([-1.2, 1]);
    const start = tf.add(around, tf.mul(normalNumbers(seeds, [2], 1), 0.1));
    const [x, y] = [0, 1].map(i => tf.variable(tf.slice(start, [0, i], [-1, 1]))) as [
      tf.Variable,
      tf.Variable,
    ];
    const losses = () =>
      tf.sum(tf.add(tf.square(tf.sub(1, x)), tf.mul(100, tf.squaredDifference(y, tf.square(x)))), 1);
    return {variables: [x, y], loss: () => tf.sum(losses()), measure: losses};
  },
};

const [inputs, units, batchSize, noise] = [4, 8, 4, 0.5];

const network: Problem = {
  title: `small network on noisy batches of ${batchSize}`,
  measured: 'error without noise, on data not trained on',
  gradients: 240,
  rates: grid(1.6, 2, 11),
  make(seeds) {
    const teacher = {
      hidden: normalNumbers(seeds, [inputs, units], 1),
      output: normalNumbers(seeds, [units, 1], 2),
    };
    const answer = (x: tf.Tensor) => forward(x, teacher.hidden, teacher.output);
    const hidden = tf.variable(tf.mul(normalNumbers(seeds, [inputs, units], 3), 0.5));
    const output = tf.variable(tf.mul(normalNumbers(seeds, [units, 1], 4), 0.3));
    const held = normalNumbers(seeds, [200, inputs], 5);
    const target = answer(held);
    return {
      variables: [hidden, output],
      loss(step) {
        const x = normalNumbers(seeds, [batchSize, inputs], 2 * step + 10);
        const y = tf.add(answer(x), tf.mul(noise, normalNumbers(seeds, [batchSize, 1], 2 * step + 11)));
        return tf.sum(meanSquares(forward(x, hidden, output), y)) as tf.Scalar;
      },
      measure: () => meanSquares(forward(held, hidden, output), target),
    };
  },
};

const moves = 4;

const game: Problem = {
  title: 'bilinear game, min over a and max over b of aᵀMb',
  measured: 'distance from the solution, over that at the start',
  gradients: 240,
  rates: grid(1, 2, 8),
  make(seeds) {
    // M = identity + noise: no direction is degenerate.
    const payoffs = tf.add(tf.eye(moves), tf.mul(normalNumbers(seeds, [moves, moves], 1), 0.15));
    const a = tf.variable(normalNumbers(seeds, [moves, 1], 2));
    const b = tf.variable(normalNumbers(seeds, [moves, 1], 3));
    const distances = () => tf.sqrt(tf.sum(tf.add(tf.square(a), tf.square(b)), [1, 2]));
    const start = distances();
    const play = tf.customGrad((a, b) => ({
      value: tf.sum(tf.mul(a as tf.Tensor, tf.matMul(payoffs, b as tf.Tensor))),
      gradFunc: () => [tf.matMul(payoffs, b as tf.Tensor), tf.neg(tf.matMul(payoffs, a as tf.Tensor, true))],
    }));
    return {
      variables: [a, b],
      loss: () => play(a, b) as tf.Scalar,
      measure: () => tf.div(distances(), start),
    };
  },
};

export const problems = {quadratic, valley, network, game} as const;

export type ProblemName = keyof typeof problems;
