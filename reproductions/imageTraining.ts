import * as tf from '@tensorflow/tfjs-core';
import {inject, recalibrateBatchNorm} from '../src/index.js';
import {type ImageSet, type Images, imagesOf} from './data/images.js';
import type {Effort} from './experiment.js';
import {residualNet} from './models/residualNet.js';
import {batchesOf, type CurvePoint, curveOf, fitOf, type Training, train} from './training.js';

/** Of a step. */
export const batchSize = 64;
/** Steps whose losses a point of a curve averages. */
export const curveWindow = 10;
/** Training images from which BatchNorm's statistics are computed before evaluation, and by which the last loss is told. */
export const recalibrationImages = 512;

export interface ImageOutcome {
  /** On images that were not trained on. */
  readonly error: number;
  /** On images that were, after the last step. */
  readonly trainingLoss: number;
  readonly curve: readonly CurvePoint[];
}

/** Trains the residual network from a start and in an order of images that follow from the seed. */
export async function trainOnImages(
  {seed, steps, optimizer, plugins = [], evaluateOn}: Training,
  effort: Effort,
): Promise<ImageOutcome> {
  const images = imagesOf(effort);
  const model = residualNet(images, seed);
  model.compile({optimizer, loss: 'categoricalCrossentropy'});
  const injection = inject(model);
  for (const plugin of plugins) injection.use(plugin);
  const batches = batchesOf(images.train.labels.length, batchSize, seed);
  const losses = await train(model, steps, () => batchFrom(images, batches.next().value));

  const seen = firstOf(images, images.train, recalibrationImages);
  const unseen = firstOf(images, images[evaluateOn]);
  recalibrateBatchNorm(model, seen.x, {batchSize: 256});
  const fitOn = ({x, labels}: typeof seen) => {
    const probabilities = tf.tidy(() => (model.predict(x, {batchSize: 500}) as tf.Tensor).dataSync());
    return fitOf(probabilities, labels);
  };
  const outcome = {
    error: fitOn(unseen).error,
    trainingLoss: fitOn(seen).loss,
    curve: curveOf(losses, curveWindow),
  };

  tf.dispose([seen.x, unseen.x]);
  injection.eject();
  model.dispose();
  optimizer.dispose();
  return outcome;
}

function batchFrom({train: {pixels, labels}, size, classes}: Images, rows: Int32Array) {
  const length = size * size * 3;
  const chosen = new Float32Array(rows.length * length);
  rows.forEach((row, i) => {
    chosen.set(pixels.subarray(row * length, (row + 1) * length), i * length);
  });
  const x = tf.tensor4d(chosen, [rows.length, size, size, 3]);
  const y = tf.cast(
    tf.oneHot(
      tf.tensor1d(
        Int32Array.from(rows, row => labels[row]!),
        'int32',
      ),
      classes,
    ),
    'float32',
  );
  return {x, y};
}

function firstOf({size}: Images, {pixels, labels}: ImageSet, limit = labels.length) {
  const count = Math.min(limit, labels.length);
  return {
    x: tf.tensor4d(pixels.subarray(0, count * size * size * 3), [count, size, size, 3]),
    labels: labels.subarray(0, count),
  };
}
