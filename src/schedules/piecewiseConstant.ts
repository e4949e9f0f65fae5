import {requireOneMore} from './shared/requireOneMore.js';
import {schedule} from './shared/schedule.js';
import {boundaries, given, listOf, value} from './shared/scheduleSpecs.js';
import {segmentAt} from './shared/segmentAt.js';

/**
 * One value after the other, each from its boundary on.
 *
 * Formula: v(t) = valuesᵢ, where i is how many boundaries are ≤ t
 *
 * @param options.boundaries  rising numbers of completed steps, each > 0.
 * @param options.values      one more than boundaries, each ≥ 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.piecewiseConstant({boundaries: [1000, 2000], values: [0.1, 0.01, 0.001]});
 * @see optax.piecewise_constant_schedule and torch's MultiStepLR, which change at the boundary as well, but are given
 *     factors; Keras's PiecewiseConstantDecay is one step later
 */
export const piecewiseConstant = schedule(
  'piecewiseConstant',
  {boundaries: given(boundaries), values: given(listOf(value))},
  ({boundaries: at, values}) => {
    requireOneMore('piecewiseConstant', 'values', values.length, at.length);
    return t => values[segmentAt(at, t)]!;
  },
);
