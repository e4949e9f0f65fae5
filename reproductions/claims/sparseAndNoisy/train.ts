import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {orInfinite} from '../../training.js';
import {bags, dense, dropHalf, type Features, type Rows} from './features.js';
import {type OptimizerName, optimizers} from './optimizers.js';

export const tasks = {
  sparse: {title: 'sparse', features: bags, isNoisy: false},
  'sparse and noisy': {title: 'sparse, with dropout', features: bags, isNoisy: true},
  dense: {title: 'dense', features: dense, isNoisy: false},
} as const satisfies Record<string, {title: string; features: Features; isNoisy: boolean}>;
export type TaskName = keyof typeof tasks;

export const [batchSize, heldOut, steps, looks] = [16, 500, 160, 10];

export interface Training {
  readonly task: TaskName;
  readonly optimizer: OptimizerName;
  /** Whether the rate falls with 1/√t, from `rate` on. */
  readonly isFalling: boolean;
  readonly rate: number;
  readonly seeds: readonly number[];
}

/** Logistic regression on new rows in each step, for all seeds side by side; at each look, the loss on rows held out of each seed. */
export function train({task, optimizer: name, isFalling, rate, seeds}: Training): number[][] {
  const {size} = tasks[task].features;
  const {held, batches} = dataOf(task, seeds);
  const tensors = ({x, y}: Rows) => ({
    x: tf.tensor3d(x, [seeds.length, x.length / seeds.length / size, size]),
    y: tf.tensor3d(y, [seeds.length, y.length / seeds.length, 1]),
  });
  return tf.tidy(() => {
    const weights = tf.variable(tf.zeros([seeds.length, size, 1]));
    const bias = tf.variable(tf.zeros([seeds.length, 1, 1]));
    const optimizer = optimizers[name].make(isFalling ? t => rate / Math.sqrt(t + 1) : rate);
    const losses = ({x, y}: ReturnType<typeof tensors>) => {
      const odds = tf.add(tf.matMul(x, weights), bias);
      // −log σ(±odds) = softplus(∓odds).
      return tf.mean(tf.sub(tf.softplus(odds), tf.mul(odds, y)), [1, 2]);
    };
    const heldTensors = tensors(held);
    const seen: number[][] = [];
    batches.forEach((batch, i) => {
      tf.tidy(() => {
        const rows = tensors(batch);
        optimizer.minimize(() => tf.sum(losses(rows)) as tf.Scalar, false, [weights, bias]);
        if ((i + 1) % (steps / looks) === 0) seen.push([...losses(heldTensors).dataSync()].map(orInfinite));
      });
    });
    for (const each of [optimizer, weights, bias]) each.dispose();
    return seen;
  });
}

interface Data {
  readonly key: string;
  /** Rows of one seed after those of the other. */
  readonly held: Rows;
  readonly batches: readonly Rows[];
}

/** Those of the last run: the next one has the same, most often. */
let last: Data | undefined;

function dataOf(task: TaskName, seeds: readonly number[]): Data {
  const key = JSON.stringify([task, seeds]);
  if (last?.key === key) return last;
  const {features, isNoisy} = tasks[task];
  const batchOf = (step: number) =>
    joined(
      seeds.map(seed => {
        const rows = features.draw(seed, step + 2, batchSize);
        return isNoisy ? dropHalf(rows, seed, 10_000 + step) : rows;
      }),
    );
  last = {
    key,
    held: joined(seeds.map(seed => features.draw(seed, 1, heldOut))),
    batches: Array.from({length: steps}, (_, step) => batchOf(step)),
  };
  return last;
}

function joined(parts: readonly Rows[]): Rows {
  const join = (arrays: readonly Float32Array[]) => {
    const length = arrays[0]!.length;
    const whole = new Float32Array(length * arrays.length);
    arrays.forEach((array, i) => {
      whole.set(array, i * length);
    });
    return whole;
  };
  return {x: join(parts.map(({x}) => x)), y: join(parts.map(({y}) => y))};
}
