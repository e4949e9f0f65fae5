import {type Interval, medianInterval} from '../bench/interval.js';
import type {Finding, Run} from './experiment.js';

/** A claim holds where the whole interval lies on its side of a bound, and does not where it lies on the other. */
export function judge(interval: Interval, side: 'below' | 'above', bound: number): Finding['verdict'] {
  const {low, high} = interval;
  if (low > bound) return side === 'above' ? 'holds' : 'does not hold';
  if (high < bound) return side === 'below' ? 'holds' : 'does not hold';
  return 'undecided';
}

/** A claim of several parts: it holds where all do, and does not where one does not. */
export function allOf(...verdicts: Finding['verdict'][]): Finding['verdict'] {
  if (verdicts.includes('does not hold')) return 'does not hold';
  return verdicts.every(each => each === 'holds') ? 'holds' : 'undecided';
}

/** The median of one number over runs, with its interval. */
export function medianOf<R extends Run<unknown, unknown>>(
  runs: readonly R[],
  value: (run: R) => number,
): Interval {
  return medianInterval(runs.map(value));
}

/**
 * The median of a − b over pairs of runs that share their seed.
 *
 * @throws RangeError where a seed is missing on one side.
 */
export function pairedDifference<R extends Run<{readonly seed: number}, unknown>>(
  a: readonly R[],
  b: readonly R[],
  value: (run: R) => number,
): Interval {
  if (a.length !== b.length)
    throw new RangeError(`Pairs need as many runs; received ${a.length}, ${b.length}`);
  const differences = a.map(run => {
    const other = b.find(({setting}) => setting.seed === run.setting.seed);
    if (!other) throw new RangeError(`No run of seed ${run.setting.seed} to pair with`);
    const [own, its] = [value(run), value(other)];
    // Two that diverged are equal; their difference would be no number.
    return own === its ? 0 : own - its;
  });
  return medianInterval(differences);
}

/** In the order of their first members. */
export function groupedBy<T>(all: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}
