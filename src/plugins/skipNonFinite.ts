import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Outcome, Skip} from '../inject/hooks.js';
import type {Injection} from '../inject/injection.js';
import {type OptionSpec, type OptionsOf, oneOf} from '../inject/options.js';
import type {Phase} from '../inject/phase.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Slots} from '../inject/slots.js';
import {requireAlone} from './shared/requireAlone.js';

const count: OptionSpec<number> = {
  fallback: 10,
  mustBe: 'an integer ≥ 1, or Infinity',
  accepts: value =>
    value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 1),
};

const specs = {action: oneOf('rollback', 'rollback', 'stop', 'throw'), maxConsecutive: count};

export type SkipNonFiniteOptions = Partial<OptionsOf<typeof specs>>;

/** Small enough that no sum of finite numbers becomes infinite by it; and no program can take the product for known. */
const scale = 2 ** -64;

/**
 * Guards training against NaN and infinity: a step whose loss or gradients are
 * not finite is not taken, and leaves no trace in weights, slots, counters,
 * and layers.
 *
 * For each phase, of the raw loss L and gradients g, before anything can clip them:
 *     skip if 2⁻⁶⁴·L, or Σ 2⁻⁶⁴·g over the elements of some weight, is NaN or infinite
 *
 * Cost: no further phase, no slot; a product and a sum for each weight, and **one read-back of these sums** in each phase. It
 *     waits for the device: a matter of microseconds on wasm and tfjs-node, slow on WebGL, and slower yet on WebGPU.
 * Runs on: beforeStep, skip, afterBatch, eject.
 * Changes: nothing.
 * Neutral setting: any, where all is finite.
 * Order: sees gradients before centralization and clips, after SAM. A skipped step is none: schedules, averages and Lookahead
 *     do not count it. With accumulation the whole window is skipped. One SkipNonFinite per model.
 * Evaluation: the training weights.
 * Saved: counters skipped, consecutive.
 * Differs from optax's `apply_if_finite`: a step that is not finite is never applied; too many of them in a row raise.
 *
 * @param options.action  `'rollback'` goes on with the next batch; `'stop'` ends `fit` as well; `'throw'` raises `NON_FINITE`.
 *     Default `'rollback'`.
 * @param options.maxConsecutive  So many steps in a row may be skipped; the next one raises `NON_FINITE`. Integer ≥ 1, or
 *     Infinity. Default 10.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model; in training,
 *     `NON_FINITE`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * const guard = new SkipNonFinite();
 * guard.inject(model);
 * await model.fit(x, y, {epochs: 10});
 * console.log(`${guard.skipped} steps were skipped`);
 * @see Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2
 */
export class SkipNonFinite extends pluginOf('tfjs-inject/SkipNonFinite', specs) {
  private slots: Slots | undefined;
  private skippedBefore = 0;
  /** Why the batch at hand is skipped, if it is. */
  private reason = '';

  /** Steps that were skipped; after `eject()`, while it was in use. */
  get skipped(): number {
    return this.slots?.count('skipped', 0) ?? this.skippedBefore;
  }

  override apply(injection: Injection): void {
    requireAlone(this, injection, 'a second would see nothing');
    const {hooks} = injection;
    this.slots = injection.slotsOf(this);
    hooks.beforeStep.tap(this.name, () => {
      this.reason = '';
    });
    hooks.skip.tap(this.name, phase => this.look(phase));
    hooks.afterBatch.tap(this.name, (_step, outcome) => this.note(outcome));
    hooks.eject.tap(this.name, () => {
      this.skippedBefore = this.skipped;
      this.slots = undefined;
    });
  }

  private look(phase: Phase): Skip | undefined {
    const found = nonFinite(phase);
    if (found.length === 0) return undefined;
    this.reason = `${found.join(', ')} (phase '${phase.name}' of step ${phase.step.iterations})`;
    const action = this.options.action === 'stop' ? 'stop' : 'rollback';
    return {reason: `not finite: ${this.reason}`, action};
  }

  /** Once the step is taken back, with its window: what is counted before goes with it, and an error would leave the window. */
  private note(outcome: Outcome): void {
    const {slots, reason} = this;
    if (outcome === 'applied') slots!.setCount('consecutive', 0);
    if (outcome !== 'skipped' || reason === '') return;
    const inARow = slots!.count('consecutive', 0) + 1;
    slots!.setCount('skipped', this.skipped + 1);
    slots!.setCount('consecutive', inARow);
    this.report(reason, inARow);
  }

  private report(reason: string, inARow: number): void {
    const {action, maxConsecutive} = this.options;
    if (action === 'throw')
      throw new InjectError('NON_FINITE', `loss and gradients must be finite; not so: ${reason}`);
    if (inARow > maxConsecutive) {
      throw new InjectError(
        'NON_FINITE',
        `at most ${maxConsecutive} steps in a row may be skipped; not finite again: ${reason}. Are the weights themselves finite?`,
      );
    }
    if (action === 'stop') console.warn(`tfjs-inject: training stops: not finite: ${reason}.`);
    else if (this.skipped === 1) {
      console.warn(
        `tfjs-inject: a step was skipped: not finite: ${reason}. Further ones will be without a warning; 'skipped' counts them.`,
      );
    }
  }
}

/** What of a phase's loss and gradients is not finite, by the weights' keys. */
function nonFinite({loss, gradients}: Phase): string[] {
  const sums = tf.tidy(() =>
    tf.stack([loss, ...gradients.values()].map(tensor => tf.sum(tf.mul(tensor, scale)))).dataSync(),
  );
  const names = ['the loss', ...[...gradients.keys()].map(({key}) => `the gradient of ${key}`)];
  return names.filter((_, i) => !Number.isFinite(sums[i]!));
}

tf.serialization.registerClass(SkipNonFinite);
