import {medianInterval} from '../../../bench/interval.js';
import {type Effort, type Run, seedsOf} from '../../experiment.js';
import type {MethodName} from './methods.js';
import {type ProblemName, problems} from './problems.js';

/** One for the order; trainings to find the best rate, on seeds of their own; and those that are told, at that rate. */
export type Setting =
  | {readonly part: 'order'; readonly method: MethodName; readonly steps: number}
  | {
      readonly part: 'tuning' | 'told';
      readonly problem: ProblemName;
      readonly method: MethodName;
      readonly rate: number;
    };

/** At each look, one number per seed; of the order one look. */
export type Outcome = readonly (readonly number[])[];

export type HeunRun = Run<Setting, Outcome>;

export const ordered = {SGD: 1, Heun: 2, RK4: 4} as const;
export const stepCounts = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/** From here on float32 is all that is left of RK4's error. */
const mostOfRK4 = 32;
export const contestants = ['SGD', 'SGD with momentum', 'Heun', 'ExtraGradient'] as const;
export const problemNames = Object.keys(problems) as ProblemName[];

export const seedsOfPart = ({part}: Setting, effort: Effort): number[] =>
  part === 'tuning' ? seedsOf(effort).map(seed => 100 + seed) : seedsOf(effort);

export function nextSettings(done: readonly HeunRun[], {isQuick}: Effort): Setting[] {
  if (done.some(({setting}) => setting.part === 'told')) return [];
  const contests = problemNames.flatMap(problem => contestants.map(method => ({problem, method})));
  if (done.length > 0) {
    return contests.map(each => ({
      ...each,
      part: 'told' as const,
      rate: bestRate(done, each.problem, each.method),
    }));
  }
  const orders = (Object.keys(ordered) as (keyof typeof ordered)[]).flatMap(method =>
    stepCounts
      .filter(steps => (!isQuick || steps <= 32) && (method !== 'RK4' || steps <= mostOfRK4))
      .map(steps => ({part: 'order' as const, method, steps})),
  );
  const tunings = contests.flatMap(each =>
    problems[each.problem].rates
      .filter((_, i) => !isQuick || i % 3 === 2)
      .map(rate => ({...each, part: 'tuning' as const, rate})),
  );
  return [...orders, ...tunings];
}

/** The lowest median in the end, of the rates at which no seed diverged; the smallest rate where there is none. */
export function bestRate(done: readonly HeunRun[], problem: ProblemName, method: MethodName): number {
  let [best, lowest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const {setting, outcome} of done) {
    if (setting.part !== 'tuning' || setting.problem !== problem || setting.method !== method) continue;
    const ends = outcome.at(-1)!;
    const value = ends.every(Number.isFinite) ? medianInterval(ends).median : Number.POSITIVE_INFINITY;
    if (value > lowest || (value === lowest && setting.rate > best)) continue;
    [best, lowest] = [setting.rate, value];
  }
  return best;
}
