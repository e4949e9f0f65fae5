import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {integer, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {stages} from '../inject/stages.js';
import {evaluateOnSpec, moveAverage, showAverage} from './shared/average.js';

const specs = {
  start: integer(0, {min: 0}),
  every: integer(1, {min: 1}),
  evaluateOn: evaluateOnSpec,
};

export type SWAOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Stochastic weight averaging: evaluation sees the equal average of the weights
 * that training passes by in its last part, which lies in a flatter place than
 * any of them. It wants a learning rate that stays high, or comes back.
 *
 * Update rule, for each weight θ (any shape), after step t ≥ start, where t − start is a multiple of every:
 *     a ← a + (θ − a)/(n + 1),  n ← n + 1          n₀ = 0, so that the first is θ itself
 *
 * Cost: no further phase; one copy of the weights from start on.
 * Runs on: beforeStep, afterStep, evaluationWeights.
 * Changes: nothing that trains.
 * Neutral setting: evaluateOn 'training', and any start that is not reached.
 * Order: after Lookahead's sync, whose slow weights it averages. Conflicts with another average that evaluation is to see.
 * Evaluation: the average, unless evaluateOn says otherwise; the training weights until there is one. The next training
 *     call goes on from the training weights.
 * Saved: slot average; counter models.
 * Differs from the paper: with start 0 the weights before the first step are not one of those averaged, as in torch.
 *     Statistics of BatchNorm are those of the training weights until `recalibrateBatchNorm` computes them anew. Where the
 *     user writes weights, or a loop trains further ones, the model is another one, and the average begins anew.
 *     The average of a frozen weight stays as it is.
 *
 * @param options.start       completed steps at which the first weights are taken. Integer ≥ 0. Default 0.
 * @param options.every       steps from one to the next. Integer ≥ 1. Default 1.
 * @param options.evaluateOn  `'average'` or `'training'`. Default `'average'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second average to be seen.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * const stepsPerEpoch = Math.ceil(x.shape[0] / 32);
 * new SWA({start: 15 * stepsPerEpoch, every: stepsPerEpoch}).inject(model);
 * await model.fit(x, y, {epochs: 20, batchSize: 32});
 * @see Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, algorithm 1
 */
export class SWA extends pluginOf('tfjs-inject/SWA', specs) {
  override apply(injection: Injection): void {
    const {start, every} = this.options;
    const own = injection.slotsOf(this);
    const models = () => own.count('models', 0);
    showAverage(this, injection, () => models() > 0);
    injection.hooks.beforeStep.tap(this.name, ({written}) => {
      if (models() === 0) return;
      if (written.size > 0 || !injection.weights.every(weight => own.has('average', weight)))
        own.setCount('models', 0);
    });
    injection.hooks.afterStep.tap({name: this.name, stage: stages.average}, ({iterations}) => {
      if (iterations < start || (iterations - start) % every !== 0) return;
      moveAverage(this, injection, 1 / (models() + 1));
      own.setCount('models', models() + 1);
    });
  }
}

tf.serialization.registerClass(SWA);
