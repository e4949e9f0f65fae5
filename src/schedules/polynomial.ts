import {flag} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, steps, value} from './shared/scheduleSpecs.js';

/**
 * From one value to another by a power of the steps that are left: with power 1, linear.
 *
 * Formula, with D = decaySteps and u = min(t/D, 1); with cycle, u = t/(D·⌈t/D⌉), and 0 at 0:
 *     v(t) = (v₀ − v₁)·(1 − u)^power + v₁
 *
 * @param options.initialValue  v₀ ≥ 0.
 * @param options.decaySteps    D > 0.
 * @param options.finalValue    v₁ ≥ 0; may be above v₀. Default 0.
 * @param options.power         ≥ 0. Default 1.
 * @param options.cycle         whether it rises again after each D steps, to ever lower heights. Default false.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.polynomial({initialValue: 0.01, decaySteps: 1000});
 * @see Keras's PolynomialDecay, whose v₁ is 0.0001 where it is not given; optax.polynomial_schedule and linear_schedule;
 *     torch's PolynomialLR and LinearLR
 */
export const polynomial = schedule(
  'polynomial',
  {
    initialValue: given(value),
    decaySteps: given(steps),
    finalValue: value,
    power: {...value, fallback: 1},
    cycle: flag(false),
  },
  ({initialValue, decaySteps, finalValue, power, cycle}) =>
    t => {
      const length = cycle ? decaySteps * Math.max(1, Math.ceil(t / decaySteps)) : decaySteps;
      return (initialValue - finalValue) * (1 - Math.min(t / length, 1)) ** power + finalValue;
    },
);
