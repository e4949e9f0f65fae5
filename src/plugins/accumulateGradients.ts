import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {integer, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {steps: integer(2, {min: 1})};

export type AccumulateGradientsOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Takes one step for several batches: as if they were one, for which there is
 * no memory.
 *
 * Update rule, over batches 1 … k of n₁ … nₖ rows:
 *     g = Σ nᵢ·gᵢ / Σ nᵢ                 gᵢ = ∇Lᵢ at the same weights θ
 *
 * Every phase of a step (Heun's second gradient, SAM's) is over all k batches, and so is what the other plugins see.
 *
 * Cost: no further gradient of one-phase optimizers; one sum of the gradients' size. The data of k batches is kept until
 *     the step, for checkpoints, and for later phases, which evaluate each batch again.
 * Runs on: window.
 * Changes: which batches make a step. Schedules, decay, k of Lookahead and averages count steps, not batches.
 * Neutral setting: steps = 1.
 * Order: the gradients are averaged before clips see them. Weights that somebody writes in mid-window empty it, with a warning.
 * Evaluation: the training weights; a postponed batch changes none.
 * Saved: nothing. The end of `fit` and `fitDataset` applies a window that is not full; `trainOnBatch` and hand-written
 *     loops call `injection.flush()`.
 * Differs from Keras: batches are weighted by rows, and the last window of `fit` is applied.
 *
 * @param options.steps  k, batches per step: an integer ≥ 1. Default 2.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new AccumulateGradients({steps: 4}).inject(model);
 * await model.fit(x, y, {epochs: 10, batchSize: 16}); // steps of 64 rows
 */
export class AccumulateGradients extends pluginOf('tfjs-inject/AccumulateGradients', specs) {
  override apply(injection: Injection): void {
    requireAlone(this, injection, 'the shorter window of two would be without effect');
    const {steps} = this.options;
    injection.hooks.window.tap({name: this.name, stage: stages.accumulate}, (evaluations, {isFinal}) => {
      const isFull = isFinal || evaluations === 'postpone' || evaluations.length >= steps;
      return isFull ? undefined : 'postpone';
    });
  }
}

tf.serialization.registerClass(AccumulateGradients);
