import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {type OptionsOf, oneOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {from: oneOf('first', 'first', 'last', 'none')};

export type BatchNormStatisticsOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Chooses which evaluation of a batch moves BatchNorm's moving statistics,
 * where a step takes several: at the weights where it begins, at those that it
 * looked at last, or none.
 *
 * Update rule, for the moving mean μ (and variance) of a layer with momentum m, once per batch:
 *     μ ← m·μ + (1 − m)·(mean of the batch at the chosen evaluation)
 *
 * Cost: none.
 * Runs on: window.
 * Changes: weights that are not trained.
 * Neutral setting: from = 'first', which is what holds without it.
 * Order: any.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from the references: SAM's and this library's default are 'first'; where a model is evaluated on other weights than the
 *     training ones, `recalibrateBatchNorm` says more than either.
 *
 * @param options.from  `'first'`: the first phase's; `'last'`: the step's last evaluation, at displaced weights if there are
 *     any; `'none'`: they stay, as in fine-tuning. Default `'first'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new BatchNormStatistics({from: 'none'}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 2
 */
export class BatchNormStatistics extends pluginOf('tfjs-inject/BatchNormStatistics', specs) {
  override apply(injection: Injection): void {
    requireAlone(this, injection, 'the first of two would be without effect');
    injection.hooks.window.tap({name: this.name, stage: stages.microBatch}, (evaluations, {isFinal}) => {
      const newest = !isFinal && evaluations !== 'postpone' && evaluations.at(-1);
      if (newest) newest.statistics = this.options.from;
    });
  }
}

tf.serialization.registerClass(BatchNormStatistics);
