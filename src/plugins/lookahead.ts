import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {type OptionSpec, type OptionsOf, oneOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {stages} from '../inject/stages.js';
import {updateGroup} from '../rules/index.js';
import {Pullback} from './shared/pullback.js';
import {requireAlone} from './shared/requireAlone.js';
import {shownSlot} from './shared/shownSlot.js';

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
  pullback: oneOf('none', 'none', 'pullback', 'reset'),
  pullbackSlots: {
    fallback: undefined,
    mustBe: 'a list of names of slots of the inner optimizer',
    accepts: (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string'),
  } as OptionSpec<readonly string[] | undefined>,
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
 *     φ ← φ + α·(θ − φ)          φ₀ = the weights before the first step
 *     θ ← φ
 * With pullback, for each of pullbackSlots m as well:
 *     μ ← μ + α·(m − μ), m ← μ   μ₀ = m before the first step; with 'reset': m ← what it starts as
 *
 * Cost: no further phase; one copy of the weights, and with 'pullback' one of each of pullbackSlots.
 * Runs on: beforeStep, afterStep, evaluationWeights; with pullback, groups.
 * Changes: weights, at each sync; with pullback, slots of the inner optimizer.
 * Neutral setting: k = 1, α = 1.
 * Order: after constraints are projected, before averages, which see the synced weights. One Lookahead per model.
 * Evaluation: `evaluateOn`; by default the slow weights, as the paper and the article on it evaluate. An average that
 *     wants to be seen goes before.
 * Saved: slots slow and, with 'pullback', slow_<slot>; counters syncs and stepsSinceSync.
 * Differs from the paper: nothing. Weights that the user writes are where the slow ones go on from. Differs from the
 *     authors' code: what they keep of the momentum is the momentum itself, and no copy, so that theirs becomes
 *     α·(2 − α) of it instead of being pulled back; they know of one slot only.
 *
 * @param options.k              integer ≥ 1 or a function of the completed syncs. Default 5.
 * @param options.alpha          α, 0 to 1, or a function of the completed syncs. Default 0.5.
 * @param options.evaluateOn     `'slow'` or `'fast'`. Default `'slow'`.
 * @param options.pullback       `'none'`, `'pullback'` or `'reset'`. Default `'none'`.
 * @param options.pullbackSlots  names of the inner optimizer's slots, such as `['velocity']`; with a pullback only.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model, and for a
 *     pullback around an optimizer that is not of tfjs-inject, or is a generator of groups; `UNKNOWN_SLOT`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new Lookahead({k: 5, alpha: 0.5}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Zhang et al., "Lookahead Optimizer: k steps forward, 1 step back", NeurIPS 2019, algorithm 1
 */
export class Lookahead extends pluginOf('tfjs-inject/Lookahead', specs) {
  static readonly stateOptions = ['pullback', 'pullbackSlots'];

  private own: Slots | undefined;

  constructor(options?: LookaheadOptions) {
    super(options);
    const {pullback, pullbackSlots} = this.options;
    if ((pullback !== 'none') === (pullbackSlots !== undefined)) return;
    throw new InjectError(
      'INVALID_OPTION',
      `pullbackSlots of Lookahead must name slots with pullback 'pullback' or 'reset', and with these only; ` +
        `received ${shown(pullbackSlots)} with ${shown(pullback)}`,
    );
  }

  /** Completed syncs. */
  get syncs(): number {
    return this.own?.count('syncs', 0) ?? 0;
  }

  /** Completed steps since the last sync. */
  get stepsSinceSync(): number {
    return this.own?.count('stepsSinceSync', 0) ?? 0;
  }

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'two would pull its weights to two places');
    const {hooks} = injection;
    const {pullback: kind, pullbackSlots = [], evaluateOn} = this.options;
    const pullback = kind === 'none' ? undefined : new Pullback(this, injection, kind, pullbackSlots);
    const own = injection.slotsOf(this);
    this.own = own;

    if (pullback) {
      hooks.groups.tap({name: this.name, stage: stages.observe}, groups => pullback.check(groups));
    }
    hooks.beforeStep.tap(this.name, ({written}) => {
      for (const weight of injection.weights) {
        if (own.has('slow', weight) && !written.has(weight)) continue;
        own.write('slow', weight, weight.variable);
        pullback?.restart(weight);
      }
    });
    hooks.afterStep.tap({name: this.name, stage: stages.lookahead}, () =>
      this.afterStep(injection, own, pullback),
    );
    if (evaluateOn === 'slow') {
      hooks.evaluationWeights.tap({name: this.name, stage: stages.showSlow}, () =>
        shownSlot(injection, own, 'slow'),
      );
    }
  }

  private afterStep(injection: Injection, own: Slots, pullback: Pullback | undefined): void {
    const k = this.optionNow('k', isK, kMustBe);
    if (this.stepsSinceSync + 1 < k) {
      own.setCount('stepsSinceSync', this.stepsSinceSync + 1);
      return;
    }
    const alpha = this.optionNow('alpha', isAlpha, alphaMustBe);
    tf.tidy(() => {
      // In a loop over several lists of variables, those of the other calls are synced as well.
      const {weights} = injection;
      const writeSlots = pullback?.prepare(weights, alpha);
      injection.update(this, alpha === 1 ? adopt : sync, {alpha}, weights);
      writeSlots?.();
    });
    own.setCount('syncs', this.syncs + 1);
    own.setCount('stepsSinceSync', 0);
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

tf.serialization.registerClass(Lookahead);
