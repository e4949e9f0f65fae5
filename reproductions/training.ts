import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Plugin} from '../src/index.js';
import {seededSource} from '../src/inject/randomness.js';
import {permutation} from './data/random.js';

/** What is no number any more has diverged. */
export const orInfinite = (value: number) => (Number.isFinite(value) ? value : Number.POSITIVE_INFINITY);

/** What a training is told beside its task. */
export interface Training {
  readonly seed: number;
  readonly steps: number;
  readonly optimizer: tf.Optimizer;
  readonly plugins?: readonly Plugin[];
  readonly evaluateOn: 'validation' | 'test';
}

/** The mean loss over some steps that follow one another. */
export interface CurvePoint {
  /** The last of them, counted from 1. */
  readonly step: number;
  readonly loss: number;
}

/** Batches without end: all rows in an order of their own in each epoch; what does not fill a batch is left out. */
export function* batchesOf(rows: number, batchSize: number, seed: number): Generator<Int32Array, never> {
  if (rows < batchSize) throw new RangeError(`Batches of ${batchSize} need as many rows; received ${rows}`);
  const random = seededSource(seed);
  for (;;) {
    const order = permutation(rows, random);
    for (let at = 0; at + batchSize <= rows; at += batchSize) yield order.subarray(at, at + batchSize);
  }
}

/** Trains until a loss is no finite number, which is the last then. @returns the losses of the steps that were taken. */
export async function train(
  model: LayersModel,
  steps: number,
  nextBatch: () => {x: tf.Tensor; y: tf.Tensor},
): Promise<number[]> {
  const losses: number[] = [];
  while (losses.length < steps) {
    const batch = tf.tidy(nextBatch);
    const loss = (await model.trainOnBatch(batch.x, batch.y)) as number;
    tf.dispose([batch.x, batch.y]);
    losses.push(loss);
    if (!Number.isFinite(loss)) break;
  }
  return losses;
}

/** Means over windows, of which the last may be shorter. After a divergence there are no more. */
export function curveOf(losses: readonly number[], window: number): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (let at = 0; at < losses.length; at += window) {
    const part = losses.slice(at, at + window);
    points.push({step: at + part.length, loss: part.reduce((sum, loss) => sum + loss, 0) / part.length});
  }
  return points;
}

export interface Fit {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** Share of rows whose most probable class is not theirs. */
  readonly error: number;
}

/**
 * How well probabilities, row by row, fit classes. Where they are no numbers, the loss is infinite and the error that of a
 * guess.
 */
export function fitOf(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Fit {
  const classes = probabilities.length / labels.length;
  let [loss, errors] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const at = row * classes;
    let best = 0;
    for (let i = 0; i < classes; i++) {
      if (Number.isNaN(probabilities[at + i]))
        return {loss: Number.POSITIVE_INFINITY, error: 1 - 1 / classes};
      if (probabilities[at + i]! > probabilities[at + best]!) best = i;
    }
    // As tfjs does: a probability of 0 in single precision is no certainty.
    loss -= Math.log(Math.max(probabilities[at + labels[row]!]!, 1e-7));
    if (best !== labels[row]) errors++;
  }
  return {loss: loss / labels.length, error: errors / labels.length};
}
