import * as tf from '@tensorflow/tfjs-core';
import type {Boundary} from '../inject/hooks.js';
import type {Injection} from '../inject/injection.js';
import {integer, number, type OptionSpec, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {stages} from '../inject/stages.js';
import type {Weight} from '../inject/weight.js';
import {isGreaterBetter, monitored, monitorSpecs} from './shared/monitored.js';

const specs = {
  ...monitorSpecs,
  minDelta: number(0, {min: 0}),
  startFromEpoch: integer(0, {min: 0}),
  patience: {...integer(0, {min: 0}), fallback: undefined} as OptionSpec<number | undefined>,
};

export type BestWeightsOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Keeps the weights of the epoch that a monitored log calls the best, and puts
 * them into the model at the end of training; it can end training as well, as
 * `tf.callbacks.earlyStopping` does, which cannot restore them.
 *
 * Rule, after each epoch with log m, from startFromEpoch on:
 *     better = m < best − minDelta           with mode 'max': m > best + minDelta; NaN never is
 *     better: best ← m, kept ← the weights that evaluation sees, wait ← 0
 *     else:   wait ← wait + 1, and training ends where wait ≥ patience
 *
 * Cost: during fit one copy of all weights, by reference; nothing between fits.
 * Runs on: boundary.
 * Changes: all weights, at the end of fit; statistics of BatchNorm among them. Ends fit, with patience.
 * Neutral setting: a startFromEpoch that is not reached.
 * Order: last between epochs, after what writes logs.
 * Evaluation: what is kept is what validation saw: the average or the slow weights, where EMA, SWA or Lookahead show them.
 * Saved: slot best; counters best, bestIndex, epochs, wait.
 * Differs from Keras's EarlyStopping: restored weights are those that evaluation saw. They count as written by the user:
 *     slow weights and averages go on from them. Each fit begins anew, unless the one before was broken off by an error.
 *
 * @param options.monitor         name of a log. Default `'val_loss'`, which needs validation data.
 * @param options.mode            `'min'`, `'max'`, or `'auto'`: max where the name has acc, auc, precision, recall, f1 or
 *     r2 in it and is no loss's. Default `'auto'`.
 * @param options.minDelta        what counts as better. ≥ 0. Default 0.
 * @param options.startFromEpoch  epochs of a fit that are passed over. Integer ≥ 0. Default 0.
 * @param options.patience        epochs without a better one after which training ends. Integer ≥ 0. Default: never.
 * @throws InjectError `INVALID_OPTION`, also from fit where its logs have no such entry; `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * const best = new BestWeights({patience: 3});
 * best.inject(model);
 * await model.fit(x, y, {epochs: 50, validationSplit: 0.25});
 * console.log(`epoch ${best.bestEpoch}: ${best.best}`);
 * @see Prechelt, "Early stopping – but when?", in Neural Networks: Tricks of the Trade, 1998
 */
export class BestWeights extends pluginOf('tfjs-inject/BestWeights', specs) {
  private own: Slots | undefined;

  /** The monitored log at its best in the last fit, or the present one; `undefined` before it had a number. */
  get best(): number | undefined {
    return this.bestEpoch === undefined ? undefined : this.own!.count('best', 0);
  }

  /** The epoch it was, from 0 for the first of the fit: an index into History's lists, which after a resumption lack those before it. */
  get bestEpoch(): number | undefined {
    const index = this.own?.count('bestIndex', -1) ?? -1;
    return index < 0 ? undefined : index;
  }

  override apply(injection: Injection): void {
    const own = injection.slotsOf(this);
    this.own = own;
    injection.hooks.boundary.tapPromise({name: this.name, stage: stages.keep}, async boundary => {
      if (boundary.kind === 'train') await this.restore(injection, own);
      else if (boundary.kind === 'epoch') await this.afterEpoch(injection, own, boundary);
    });
  }

  private async afterEpoch(injection: Injection, own: Slots, boundary: Boundary): Promise<void> {
    const {monitor, minDelta, startFromEpoch, patience} = this.options;
    const value = monitored('BestWeights', monitor, boundary);
    const index = own.count('epochs', 0);
    if (index === 0) this.forget(own);
    own.setCount('epochs', index + 1);
    if (value === undefined || index < startFromEpoch) return;
    const sign = isGreaterBetter(this.options) ? -1 : 1;
    const {best = sign * Number.POSITIVE_INFINITY} = this;
    if (sign * value < sign * best - minDelta) {
      own.setCount('best', value);
      own.setCount('bestIndex', index);
      own.setCount('wait', 0);
      injection.evaluate(() => {
        for (const weight of injection.allWeights) own.write('best', weight, weight.variable);
      });
    } else {
      const wait = own.count('wait', 0) + 1;
      own.setCount('wait', wait);
      if (patience !== undefined && wait >= patience) boundary.stop();
    }
  }

  private async restore(injection: Injection, own: Slots): Promise<void> {
    if (this.bestEpoch !== undefined && own.count('epochs', 0) > 0) {
      const weights = injection.allWeights.filter(weight => own.has('best', weight));
      // What evaluation sees is seen already: then training goes on from its own weights.
      for (const weight of await unseen(injection, own, weights))
        tf.tidy(() => weight.variable.assign(own.read('best', weight, 'weight')));
    }
    const counts = ['best', 'bestIndex'].map(name => [name, own.count(name, -1)] as const);
    own.dispose();
    for (const [name, count] of counts) own.setCount(name, count);
  }

  private forget(own: Slots): void {
    own.setCount('bestIndex', -1);
    own.setCount('wait', 0);
  }
}

/** The weights of which evaluation does not see the best: other data, and, for a checkpoint may have been restored, other numbers. */
async function unseen(injection: Injection, own: Slots, weights: readonly Weight[]): Promise<Weight[]> {
  const bestOf = (weight: Weight) => own.read('best', weight, 'weight');
  const [others, equalities] = injection.evaluate(() => {
    const found = weights.filter(weight => bestOf(weight).dataId !== weight.variable.dataId);
    const equal = (weight: Weight) => tf.all(tf.equal(bestOf(weight), weight.variable));
    return [found, found.length > 0 ? tf.tidy(() => tf.stack(found.map(equal))) : undefined] as const;
  });
  if (!equalities) return [];
  // One read, whatever the number of weights.
  const values = await equalities.data();
  equalities.dispose();
  return others.filter((_, i) => values[i] !== 1);
}

tf.serialization.registerClass(BestWeights);
