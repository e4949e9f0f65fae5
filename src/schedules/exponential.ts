import {flag, number} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, steps, value} from './shared/scheduleSpecs.js';

/**
 * Multiplies by the same factor in every decaySteps steps, gradually or, with staircase, at once.
 *
 * Formula, with u = t/decaySteps; with staircase, ⌊u⌋ in its place:
 *     v(t) = v₀·decayRate^u          not below finalValue; where decayRate ≥ 1, not above it
 *
 * @param options.initialValue  v₀ ≥ 0.
 * @param options.decayRate     > 0.
 * @param options.decaySteps    > 0. Default 1.
 * @param options.staircase     Default false.
 * @param options.finalValue    ≥ 0. Default: no bound.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.exponential({initialValue: 0.01, decayRate: 0.5, decaySteps: 1000, staircase: true});
 * @see Keras's ExponentialDecay; optax.exponential_decay; torch's ExponentialLR, and StepLR, which is staircase
 */
export const exponential = schedule(
  'exponential',
  {
    initialValue: given(value),
    decayRate: given(number(1, {above: 0})),
    decaySteps: steps,
    staircase: flag(false),
    finalValue: {...value, fallback: undefined as number | undefined},
  },
  ({initialValue, decayRate, decaySteps, staircase, finalValue}) => {
    const bound = finalValue ?? (decayRate < 1 ? 0 : Number.POSITIVE_INFINITY);
    return t => {
      const u = t / decaySteps;
      const decayed = initialValue * decayRate ** (staircase ? Math.floor(u) : u);
      return decayRate < 1 ? Math.max(decayed, bound) : Math.min(decayed, bound);
    };
  },
);
