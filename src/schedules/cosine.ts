import {schedule} from './shared/schedule.js';
import {given, steps, value} from './shared/scheduleSpecs.js';

/**
 * Half a cosine from a value to a share of it, where it stays.
 *
 * Formula, with u = min(t/decaySteps, 1):
 *     v(t) = v₀·((1 − alpha)·(½·(1 + cos(π·u)))^exponent + alpha)
 *
 * @param options.initialValue  v₀ ≥ 0.
 * @param options.decaySteps    > 0.
 * @param options.alpha         the last value, as a share of v₀. ≥ 0. Default 0.
 * @param options.exponent      ≥ 0. Default 1.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.cosine({initialValue: 0.01, decaySteps: 1000, alpha: 0.1});
 * @see Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5; optax.cosine_decay_schedule; Keras's CosineDecay; torch's
 *     CosineAnnealingLR with `eta_min` = alpha·v₀, which rises again after its end
 */
export const cosine = schedule(
  'cosine',
  {initialValue: given(value), decaySteps: given(steps), alpha: value, exponent: {...value, fallback: 1}},
  ({initialValue, decaySteps, alpha, exponent}) =>
    t => {
      const half = 0.5 * (1 + Math.cos(Math.PI * Math.min(t / decaySteps, 1)));
      return initialValue * ((1 - alpha) * half ** exponent + alpha);
    },
);
