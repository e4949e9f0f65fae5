import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {type OptionsOf, rate} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {shortName} from '../inject/shortName.js';
import {stages} from '../inject/stages.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {learningRate: {...rate(0), isRequired: true as const}};

export type LearningRateOptions = OptionsOf<typeof specs>;

/**
 * A learning rate for any optimizer, that follows a schedule: above all for a compiled `tf.train.*`, which knows only
 * a number.
 *
 * Update rule, at step t of the optimizer:
 *     αₜ = learningRate(t − 1)      in place of the optimizer's own rate: of 0 for the first step
 *
 * Cost: none.
 * Runs on: learningRate.
 * Changes: the rate of each step. The optimizer's own stays what it was, and is saved so.
 * Neutral setting: the optimizer's own rate.
 * Order: before ReduceOnPlateau, which multiplies what this gives. One LearningRate per model, and none around an
 *     optimizer whose own learningRate is a schedule: one of the two would be without effect.
 * Evaluation: not touched.
 * Saved: nothing; it follows from the optimizer's step count.
 * Differs from Keras: nothing. Under accumulation a step is a window, and the schedule counts windows.
 *
 * @param options.learningRate  α: one of `schedules`, any function of the completed steps, or a number; finite and ≥ 0
 *     at every step. Required.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second schedule on a model.
 * @example
 * model.compile({optimizer: tf.train.adam(), loss: 'meanSquaredError'});
 * const decay = schedules.cosine({initialValue: 0.01, decaySteps: 900});
 * new LearningRate({learningRate: schedules.warmup({warmupSteps: 100, schedule: decay})}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Keras's LearningRateSchedule, torch.optim.lr_scheduler, optax.inject_hyperparams
 */
export class LearningRate extends pluginOf('tfjs-inject/LearningRate', specs) {
  override apply(injection: Injection): void {
    requireAlone(this, injection, 'the first of two would be without effect');
    const {learningRate} = injection.optimizer as unknown as {learningRate?: unknown};
    if (typeof learningRate !== 'number' && typeof learningRate !== 'function') {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        `LearningRate needs an optimizer with a numeric 'learningRate'; that of ` +
          `${shortName(injection.optimizer)} is ${shown(learningRate)}`,
      );
    }
    refuseOwnSchedule(injection);
    injection.hooks.learningRate.tap({name: this.name, stage: stages.schedule}, (_, {iterations}) => {
      refuseOwnSchedule(injection);
      return this.rateOf('learningRate', iterations - 1);
    });
  }
}

/** Asked at each step as well: another optimizer may take the seat, and a rate may be assigned. */
function refuseOwnSchedule({optimizer}: Injection): void {
  if (typeof (optimizer as unknown as {learningRate?: unknown}).learningRate !== 'function') return;
  throw new InjectError(
    'PLUGIN_CONFLICT',
    `a model takes one schedule: the learningRate of ${shortName(optimizer)} is a function, and would be without ` +
      `effect beside LearningRate`,
  );
}

tf.serialization.registerClass(LearningRate);
