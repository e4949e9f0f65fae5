import {requireOneMore} from './shared/requireOneMore.js';
import {schedule} from './shared/schedule.js';
import {boundaries, given, inner, listOf} from './shared/scheduleSpecs.js';
import {segmentAt} from './shared/segmentAt.js';
import {valueAt} from './shared/valueAt.js';

/**
 * One schedule after the other; each counts steps from its own boundary.
 *
 * Formula: v(t) = sᵢ(t − bᵢ), where i is how many boundaries are ≤ t, and b₀ = 0
 *
 * @param options.schedules   functions of the steps since their boundaries, or numbers.
 * @param options.boundaries  rising numbers of completed steps, each > 0; one fewer than schedules.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * schedules.sequence({schedules: [0.01, schedules.cosine({initialValue: 0.01, decaySteps: 900})], boundaries: [100]});
 * @see optax.join_schedules; torch's SequentialLR
 */
export const sequence = schedule(
  'sequence',
  {schedules: given(listOf(inner)), boundaries: given(boundaries)},
  ({schedules, boundaries: at}) => {
    requireOneMore('sequence', 'schedules', schedules.length, at.length);
    return t => {
      const segment = segmentAt(at, t);
      return valueAt(schedules[segment]!, segment === 0 ? t : t - at[segment - 1]!);
    };
  },
);
