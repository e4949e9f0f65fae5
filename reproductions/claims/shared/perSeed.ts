import type {Run} from '../../experiment.js';

type Seeded<O> = Run<{readonly seed: number}, O>;

/** What the runs of a seed give together, as runs again, which can be paired. */
export function perSeed<O>(
  runs: readonly Seeded<O>[],
  combine: (values: readonly number[]) => number,
  value: (outcome: O) => number,
): Seeded<number>[] {
  const seeds = [...new Set(runs.map(({setting}) => setting.seed))];
  return seeds.map(seed => {
    const own = runs.filter(({setting}) => setting.seed === seed);
    return {setting: {seed}, outcome: combine(own.map(({outcome}) => value(outcome)))};
  });
}

export const worstMinusBest = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
export const best = (values: readonly number[]) => Math.min(...values);
export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
