import {schedule} from './shared/schedule.js';
import {given, value} from './shared/scheduleSpecs.js';

/**
 * The same value at every step: a part of `schedules.sequence` and `schedules.product`.
 *
 * Formula: v(t) = value
 *
 * @param options.value  ≥ 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.constant({value: 0.1});
 * @see optax.constant_schedule
 */
export const constant = schedule(
  'constant',
  {value: given(value)},
  ({value: each}) =>
    () =>
      each,
);
