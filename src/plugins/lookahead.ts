import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {type OptionSpec, type OptionsOf, oneOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {stages} from '../inject/stages.js';
import type {Weight} from '../inject/weight.js';
import {updateGroup} from '../rules/updateGroup.js';

/** A number, or a function of the completed syncs (0 before the first). */
type PerSync = number | ((syncs: number) => number);

const kMustBe = 'an integer ≥ 1, or a function of the completed syncs';
const alphaMustBe = 'a number from 0 to 1, or a function of the completed syncs';
const isK = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
const isAlpha = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;

const perSync = (
  fallback: number,
  mustBe: string,
  accepts: (value: unknown) => boolean,
): OptionSpec<PerSync> => ({
  fallback,
  mustBe,
  accepts: value => typeof value === 'function' || accepts(value),
});

const specs = {
  k: perSync(5, kMustBe, isK),
  alpha: perSync(0.5, alphaMustBe, isAlpha),
  evaluateOn: oneOf('slow', 'slow', 'fast'),
};

export type LookaheadOptions = Partial<OptionsOf<typeof specs>>;

const slots = {slow: 'weight'} as const;

/** Linear, and exact where slow = fast. */
const sync = updateGroup({
  name: 'sync',
  slots,
  scalars: ['alpha'],
  update: ({weight, slow, alpha}) => {
    const moved = slow.add(weight.sub(slow).mul(alpha));
    return {slow: moved, weight: moved};
  },
});

/** α = 1, to the last bit. */
const adopt = updateGroup({name: 'adopt', slots, update: ({weight}) => ({slow: weight})});

/**
 * Lookahead around any optimizer: slow weights follow the fast ones at some
 * distance, and the fast ones start anew from them. It lowers the variance of
 * the inner optimizer, and makes it less sensitive to its settings.
 *
 * Update rule, for each weight θ (any shape), after every k steps of the inner optimizer:
 *     φ ← φ + α·(θ − φ)          φ₀ = the weights at inject
 *     θ ← φ
 *
 * Cost: no further phase; one copy of the weights.
 * Runs on: beforeStep, afterStep, evaluationWeights.
 * Changes: weights, at each sync.
 * Neutral setting: k = 1, α = 1.
 * Order: after constraints are projected, before averages, which see the synced weights. One Lookahead per model.
 * Evaluation: `evaluateOn`; by default the slow weights, as the paper and the article on it evaluate.
 * Saved: slot slow; counters syncs and stepsSinceSync.
 * Differs from the paper: nothing. Weights that the user writes are where the slow ones go on from.
 *
 * @param options.k           integer ≥ 1 or a function of the completed syncs. Default 5.
 * @param options.alpha       α, 0 to 1, or a function of the completed syncs. Default 0.5.
 * @param options.evaluateOn  `'slow'` or `'fast'`. Default `'slow'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Lookahead({k: 5, alpha: 0.5}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Zhang et al., "Lookahead Optimizer: k steps forward, 1 step back", NeurIPS 2019, algorithm 1
 */
export class Lookahead extends pluginOf('Lookahead', specs) {
  /** Completed syncs. */
  syncs = 0;
  /** Completed steps since the last sync. */
  stepsSinceSync = 0;

  override apply(injection: Injection): void {
    if (injection.plugins.some(({name}) => name === this.name)) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        'a model takes one Lookahead: two would pull its weights to two places',
      );
    }
    this.syncs = 0;
    this.stepsSinceSync = 0;
    const {hooks, weights} = injection;
    const own = injection.slotsOf(this);
    for (const weight of weights) own.write('slow', weight, weight.variable);

    hooks.beforeStep.tap(this.name, ({weights: trained, written}) => {
      for (const weight of trained) {
        // In a hand-written loop a weight is known when it first comes.
        if (written.has(weight) || !own.has('slow', weight)) own.write('slow', weight, weight.variable);
      }
    });
    hooks.afterStep.tap({name: this.name, stage: stages.lookahead}, () => this.afterStep(injection));
    if (this.options.evaluateOn === 'slow')
      hooks.evaluationWeights.tap(this.name, () => slowWeights(injection.weights, own));
  }

  private afterStep(injection: Injection): void {
    const k = this.optionNow('k', isK, kMustBe);
    if (this.stepsSinceSync + 1 >= k) {
      const alpha = this.optionNow('alpha', isAlpha, alphaMustBe);
      injection.update(this, alpha === 1 ? adopt : sync, {alpha});
      this.syncs++;
      this.stepsSinceSync = 0;
    } else this.stepsSinceSync++;
  }

  private optionNow(name: 'k' | 'alpha', accepts: (value: unknown) => boolean, mustBe: string): number {
    const option = this.options[name];
    const value = typeof option === 'function' ? option(this.syncs) : option;
    if (accepts(value)) return value;
    throw new InjectError(
      'INVALID_OPTION',
      `${name} of Lookahead must be ${mustBe}; it is ${shown(value)} after ${this.syncs} syncs`,
    );
  }
}

function slowWeights(weights: readonly Weight[], own: Slots): Map<Weight, tf.Tensor> {
  return new Map(weights.map(weight => [weight, own.read('slow', weight, 'weight')]));
}

tf.serialization.registerClass(Lookahead);
