import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {type OptionSpec, type OptionsOf, type Rate, rate} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {elementwise} from '../rules/index.js';
import {tapGradients} from './shared/tapGradients.js';
import {threshold} from './shared/threshold.js';

const bound = {...rate(0, {isUnlimited: true}), fallback: undefined} as OptionSpec<Rate | undefined>;

const specs = {
  clipValue: {...threshold(), isRequired: false} as OptionSpec<Rate | undefined>,
  clipValueMin: bound,
  clipValueMax: bound,
  weights: weightsSpec,
};

export type ClipByValueOptions = Partial<OptionsOf<typeof specs>>;

/** By comparisons, so that a NaN stays one on every backend. */
const clip = elementwise<'gradient' | 'low' | 'high', 'gradient'>('clip', ({gradient, low, high}) => ({
  gradient: gradient.less(low).select(low, gradient.greater(high).select(high, gradient)),
}));

/**
 * Limits each element of the gradients by itself. It changes their direction,
 * as clipping by norm does not; a single huge element then costs the others nothing.
 *
 * For each element g of a gradient:
 *     g ← min(max(g, a), b)          a = −c, b = c with `clipValue`
 *
 * Cost: no further phase, no slot; one kernel for each weight.
 * Runs on: gradients.
 * Changes: gradients, in each phase of a step.
 * Neutral setting: clipValue Infinity.
 * Order: after centralization, before noise and decay; among clips, in the order of use.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from Keras's `clipvalue`, torch's `clip_grad_value_`: nothing. An infinity becomes a bound, and NaN stays: put
 *     SkipNonFinite beside it, which looks at what there was before.
 *
 * @param options.clipValue  c, for both sides. > 0, Infinity for none, or a function of the completed steps.
 * @param options.clipValueMin, clipValueMax  a, b, in place of c: numbers with a ≤ b, or functions of the completed steps; one
 *     that is not given is infinite.
 * @param options.weights    Which weights' gradients: a name, a regular expression, a layer, a predicate, or a list of
 *     these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new ClipByValue({clipValue: 0.5}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Mikolov, "Statistical language models based on neural networks", PhD thesis 2012, section 3.2.2
 */
export class ClipByValue extends pluginOf('tfjs-inject/ClipByValue', specs) {
  constructor(options?: ClipByValueOptions) {
    super(options);
    const {clipValue, clipValueMin, clipValueMax} = this.options;
    const hasBounds = clipValueMin !== undefined || clipValueMax !== undefined;
    if ((clipValue !== undefined) === hasBounds) {
      throw new InjectError(
        'INVALID_OPTION',
        `ClipByValue needs clipValue, or clipValueMin and clipValueMax in its place; received ${shown(options)}`,
      );
    }
    if (typeof clipValueMin === 'number' && typeof clipValueMax === 'number')
      requireOrder(clipValueMin, clipValueMax);
  }

  override apply(injection: Injection): void {
    tapGradients(this, injection, stages.clip, (chosen, {step}) => {
      const {low, high} = this.boundsAt(step.iterations - 1);
      if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return undefined;
      return chosen.map(([, gradient]) => clip({gradient, low, high}).gradient);
    });
  }

  private boundsAt(iterations: number): {low: number; high: number} {
    const {clipValue, clipValueMin, clipValueMax} = this.options;
    if (clipValue !== undefined) {
      const high = this.rateOf('clipValue', iterations);
      return {low: -high, high};
    }
    const low =
      clipValueMin === undefined ? Number.NEGATIVE_INFINITY : this.rateOf('clipValueMin', iterations);
    const high =
      clipValueMax === undefined ? Number.POSITIVE_INFINITY : this.rateOf('clipValueMax', iterations);
    requireOrder(low, high);
    return {low, high};
  }
}

function requireOrder(low: number, high: number): void {
  if (low <= high) return;
  throw new InjectError(
    'INVALID_OPTION',
    `clipValueMin of ClipByValue must be at most clipValueMax; received ${low} and ${high}`,
  );
}

tf.serialization.registerClass(ClipByValue);
