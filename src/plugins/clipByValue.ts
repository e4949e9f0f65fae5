import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import type {OptionSpec, OptionsOf, Rate} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {elementwise} from '../rules/elementwise.js';
import {tapGradients} from './shared/tapGradients.js';
import {threshold, thresholdAt} from './shared/threshold.js';

const bound: OptionSpec<Rate | undefined> = {
  fallback: undefined,
  mustBe: 'a number, or a function of the completed steps',
  accepts: value => typeof value === 'function' || isBound(value),
};

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
    const {clipValue, clipValueMin: min, clipValueMax: max} = this.options;
    if (clipValue !== undefined) {
      const high = thresholdAt(this.name, 'clipValue', clipValue, iterations);
      return {low: -high, high};
    }
    const at = (name: string, option: Rate) => {
      const value = typeof option === 'function' ? option(iterations) : option;
      if (isBound(value)) return value;
      throw new InjectError(
        'INVALID_OPTION',
        `${name} of ClipByValue must be a number at every step; it is ${shown(value)} after ${iterations} steps`,
      );
    };
    const low = at('clipValueMin', min ?? Number.NEGATIVE_INFINITY);
    const high = at('clipValueMax', max ?? Number.POSITIVE_INFINITY);
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

function isBound(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

tf.serialization.registerClass(ClipByValue);
