import {schedule} from './shared/schedule.js';
import {given, inner, listOf} from './shared/scheduleSpecs.js';
import {valueAt} from './shared/valueAt.js';

/**
 * The product of schedules, of which some may be numbers: one of them scaled, or a warm-up as a factor to it.
 *
 * Formula: v(t) = s₁(t)·s₂(t)·…
 *
 * @param options.schedules  functions of the completed steps, or numbers.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.product({schedules: [0.1, schedules.cosine({initialValue: 0.01, decaySteps: 1000})]});
 * @see torch's ChainedScheduler
 */
export const product = schedule('product', {schedules: given(listOf(inner))}, ({schedules}) => t => {
  let result = 1;
  for (const each of schedules) result *= valueAt(each, t);
  return result;
});
