import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {integer, number, type OptionsOf, oneOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {stages} from '../inject/stages.js';
import {isGreaterBetter, monitored, monitorSpecs} from './shared/monitored.js';
import {requireAlone} from './shared/requireAlone.js';

const specs = {
  monitor: monitorSpecs.monitor,
  factor: number(0.1, {min: 0, below: 1}),
  patience: integer(10, {min: 0}),
  mode: monitorSpecs.mode,
  minDelta: number(1e-4, {min: 0}),
  minDeltaMode: oneOf('absolute', 'absolute', 'relative'),
  cooldown: integer(0, {min: 0}),
  minLearningRate: number(0, {min: 0}),
};

export type ReduceOnPlateauOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Lowers the learning rate when a metric no longer gets better from epoch to epoch.
 *
 * Update rule, at the end of each epoch, with the metric x and the best of it so far x*:
 *     x* ← x, wait ← 0      where x is better: x < x* − minDelta, or x < x*·(1 − minDelta) where it is relative
 *     wait ← wait + 1       where it is not, and no cooldown runs
 *     f ← f·factor          where wait ≥ patience; then wait ← 0, and a cooldown begins
 * and at each step, with α as schedules give it:
 *     αₜ = max(f·α, minLearningRate)      but α where that is lower; f₀ = 1
 *
 * Cost: none but to read one metric at the end of an epoch.
 * Runs on: boundary, learningRate.
 * Changes: the rate of each step. The optimizer's own stays what it was, and is saved so.
 * Neutral setting: a patience that no training reaches.
 * Order: after a schedule, whose rate it multiplies; of a boundary, after what writes logs. One per model.
 * Evaluation: not touched.
 * Saved: counters factor, best, wait, cooldown.
 * Differs from Keras: what it has seen goes on from one `fit` to the next, and below minLearningRate a schedule may go. From
 *     torch: patience and a cooldown end one epoch earlier; give one more of each to be at torch's. Without
 *     epochs (`trainOnBatch`) it acts only by `injection.passBoundary('epoch', logs)`.
 *
 * @param options.monitor          a name in the logs of an epoch. Default `'val_loss'`.
 * @param options.factor           ≥ 0, below 1. Default 0.1.
 * @param options.patience         epochs without improvement: an integer ≥ 0. Default 10.
 * @param options.mode             whether less is better: `'min'`, `'max'`, or `'auto'`: `'max'` where the name has acc, auc,
 *     precision, recall, f1 or r2 in it and is no loss's. Default `'auto'`.
 * @param options.minDelta         what counts as better. ≥ 0. Default 1e-4.
 * @param options.minDeltaMode     `'absolute'`, or `'relative'` to the best, as torch has it. Default `'absolute'`.
 * @param options.cooldown         epochs after a reduction in which none is counted: an integer ≥ 0. Default 0.
 * @param options.minLearningRate  ≥ 0. Default 0.
 * @throws InjectError `INVALID_OPTION`, also from `fit` where an epoch's logs have no such metric; `UNKNOWN_OPTION`;
 *     `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new ReduceOnPlateau({monitor: 'val_loss', factor: 0.5, patience: 3}).inject(model);
 * await model.fit(x, y, {epochs: 50, validationSplit: 0.2});
 * @see Keras's ReduceLROnPlateau, torch.optim.lr_scheduler.ReduceLROnPlateau
 */
export class ReduceOnPlateau extends pluginOf('tfjs-inject/ReduceOnPlateau', specs) {
  override apply(injection: Injection): void {
    requireAlone(this, injection, 'two would lower its rate for the same plateau twice');
    const {hooks} = injection;
    const own = injection.slotsOf(this);
    const {minLearningRate} = this.options;
    hooks.learningRate.tap({name: this.name, stage: stages.plateau}, rate => {
      const factor = own.count('factor', 1);
      return factor === 1 ? rate : Math.min(rate, Math.max(rate * factor, minLearningRate));
    });
    const name = {name: this.name, stage: stages.react};
    hooks.boundary.tap(name, boundary => {
      if (boundary.kind !== 'epoch') return;
      const value = monitored('ReduceOnPlateau', this.options.monitor, boundary);
      if (value !== undefined) this.afterEpoch(own, value);
    });
  }

  private afterEpoch(own: Slots, value: number): void {
    const {factor, patience, cooldown} = this.options;
    const left = Math.max(0, own.count('cooldown', 0) - 1);
    if (own.count('cooldown', 0) > 0) {
      own.setCount('cooldown', left);
      own.setCount('wait', 0);
    }
    if (this.isBetter(value, own)) {
      own.setCount('best', value);
      own.setCount('wait', 0);
      return;
    }
    if (left > 0) return;
    const wait = own.count('wait', 0) + 1;
    const isOver = wait >= patience;
    own.setCount('wait', isOver ? 0 : wait);
    if (!isOver) return;
    own.setCount('factor', own.count('factor', 1) * factor);
    own.setCount('cooldown', cooldown);
  }

  /** Of numbers only: NaN and the infinities are no progress. */
  private isBetter(value: number, own: Slots): boolean {
    if (!Number.isFinite(value)) return false;
    const {minDelta, minDeltaMode} = this.options;
    const sign = isGreaterBetter(this.options) ? 1 : -1;
    const best = own.count('best', -sign * Number.POSITIVE_INFINITY);
    if (!Number.isFinite(best)) return true;
    const goal = minDeltaMode === 'relative' ? best * (1 + sign * minDelta) : best + sign * minDelta;
    return sign * value > sign * goal;
  }
}

tf.serialization.registerClass(ReduceOnPlateau);
