import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {integer, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';

const specs = {size: integer(32, {min: 1})};

export type MicroBatchOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Evaluates each batch in pieces of a few rows, one after another, so that a
 * large batch needs the memory of a small one.
 *
 * Update rule, over pieces 1 … p of nᵢ rows of one batch:
 *     L = Σ nᵢ·Lᵢ / Σ nᵢ        g = Σ nᵢ·gᵢ / Σ nᵢ        metrics likewise
 *
 * Cost: as many evaluations as pieces, in each phase; one sum of the gradients' size.
 * Runs on: window.
 * Changes: nothing but rounding, where each row's loss is its own.
 * Neutral setting: a size of at least the batch's.
 * Order: any. With `AccumulateGradients`, each of its batches is cut.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from one large batch: BatchNorm normalizes each piece by itself, and its statistics move once per piece; random
 *     masks are drawn piece by piece; a metric that is no mean over rows is a mean over pieces.
 *
 * @param options.size  rows of a piece at most: an integer ≥ 1. Default 32.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` at the first batch of a hand-written loop, or
 *     of a model with stateful layers.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new MicroBatch({size: 16}).inject(model);
 * await model.fit(x, y, {epochs: 10, batchSize: 64});
 */
export class MicroBatch extends pluginOf('tfjs-inject/MicroBatch', specs) {
  override apply({hooks}: Injection): void {
    hooks.window.tap({name: this.name, stage: stages.microBatch}, (evaluations, {isFinal}) => {
      // At the end of training no new batch has come.
      if (!isFinal && evaluations !== 'postpone') evaluations.at(-1)?.split(this.options.size);
    });
  }
}

tf.serialization.registerClass(MicroBatch);
