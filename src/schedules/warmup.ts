import {number} from '../inject/options.js';
import {schedule} from './shared/schedule.js';
import {given, inner, value} from './shared/scheduleSpecs.js';
import {valueAt} from './shared/valueAt.js';

/**
 * A linear rise to where another schedule begins, and then that schedule: large first steps harm what has not learnt
 * anything yet, and Adam's first averages.
 *
 * Formula, with W = warmupSteps and another schedule s:
 *     v(t) = v₀ + (s(0) − v₀)·t/W     t < W
 *     v(t) = s(t − W)                 t ≥ W
 *
 * The first step is taken at v₀: with 0 it moves nothing. An initialValue of s(0)/(W + 1) makes it the first of W + 1 equal
 * rises.
 *
 * @param options.schedule      s: a function of the steps since the warm-up, or a number.
 * @param options.warmupSteps   W ≥ 0.
 * @param options.initialValue  v₀ ≥ 0. Default 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.warmup({warmupSteps: 500, schedule: schedules.cosine({initialValue: 0.01, decaySteps: 9500})});
 * @see optax.warmup_cosine_decay_schedule, Keras's CosineDecay with `warmup_target`, torch's LinearLR before another in
 *     SequentialLR: all go on with step 0 of what follows.
 */
export const warmup = schedule(
  'warmup',
  {warmupSteps: given(number(0, {min: 0})), schedule: given(inner), initialValue: value},
  ({warmupSteps, schedule: next, initialValue}) =>
    t =>
      t < warmupSteps
        ? initialValue + (valueAt(next, 0) - initialValue) * (t / warmupSteps)
        : valueAt(next, t - warmupSteps),
);
