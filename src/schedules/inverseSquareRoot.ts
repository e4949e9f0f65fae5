import {integer, oneOf} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, steps, value} from './shared/scheduleSpecs.js';

/**
 * Falls by the root of the step after a warm-up: as transformers are trained, without a number of steps to be known.
 *
 * Formula, with W = warmupSteps and n = t + countFrom:
 *     v(t) = v₀ + (peakValue − v₀)·n/W     n < W; with warmup 'constant', peakValue
 *     v(t) = peakValue·√(W/n)              n ≥ W
 *
 * The rate of the paper "Attention Is All You Need", d^−½·min(n^−½, n·W^−1.5), has peakValue (d·W)^−½ and countFrom 1; that of T5,
 * 1/√max(n, W), has peakValue W^−½ and warmup 'constant'.
 *
 * @param options.peakValue     ≥ 0.
 * @param options.warmupSteps   W > 0.
 * @param options.initialValue  v₀ ≥ 0. Default 0.
 * @param options.warmup        `'linear'` or `'constant'`. Default `'linear'`.
 * @param options.countFrom     the number of the first step: 0 or 1. Default 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.inverseSquareRoot({peakValue: 0.001, warmupSteps: 4000});
 * @see Vaswani et al., "Attention Is All You Need", NeurIPS 2017, eq. 3; Raffel et al., JMLR 2020, section 3.1.2 (T5);
 *     transformers' get_inverse_sqrt_schedule and fairseq's inverse_sqrt, which are met with the defaults
 */
export const inverseSquareRoot = schedule(
  'inverseSquareRoot',
  {
    peakValue: given(value),
    warmupSteps: given(steps),
    initialValue: value,
    warmup: oneOf('linear', 'linear', 'constant'),
    countFrom: integer(0, {min: 0, max: 1}),
  },
  ({peakValue, warmupSteps, initialValue, warmup, countFrom}) =>
    t => {
      const n = t + countFrom;
      if (n >= warmupSteps) return peakValue * Math.sqrt(warmupSteps / n);
      return warmup === 'constant'
        ? peakValue
        : initialValue + (peakValue - initialValue) * (n / warmupSteps);
    },
);
