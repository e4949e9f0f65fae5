import {type Effort, type Run, seedsOf} from '../../experiment.js';
import {type OptimizerName, optimizerNames, optimizers, ratesOf} from './optimizers.js';
import {type TaskName, tasks} from './train.js';

/** Trainings that find the best rate, on seeds of their own, and those that are told, at that rate. */
export interface Setting {
  readonly part: 'tuning' | 'told';
  readonly task: TaskName;
  readonly optimizer: OptimizerName;
  readonly isFalling: boolean;
  readonly rate: number;
}

/** At each look, one number per seed. */
export type Outcome = readonly (readonly number[])[];

export type SparseRun = Run<Setting, Outcome>;

export const taskNames = Object.keys(tasks) as TaskName[];

const tuningSeeds = 3;

export const seedsOfPart = ({part}: Setting, effort: Effort): number[] =>
  part === 'told' ? seedsOf(effort) : Array.from({length: tuningSeeds}, (_, i) => 101 + i);

export function nextSettings(done: readonly SparseRun[], {isQuick}: Effort): Setting[] {
  if (done.some(({setting}) => setting.part === 'told')) return [];
  const each = taskNames.flatMap(task => optimizerNames.map(optimizer => ({task, optimizer})));
  if (done.length > 0)
    return each.map(({task, optimizer}) => ({...best(done, task, optimizer), part: 'told' as const}));
  return each.flatMap(({task, optimizer}) =>
    (optimizers[optimizer].mayFall ? [false, true] : [false]).flatMap(isFalling =>
      ratesOf(optimizer, isFalling)
        .filter((_, i) => !isQuick || i % 3 === 1)
        .map(rate => ({part: 'tuning' as const, task, optimizer, isFalling, rate})),
    ),
  );
}

/** The tuning run with the lowest mean in the end. */
export function best(done: readonly SparseRun[], task: TaskName, optimizer: OptimizerName): Setting {
  const tunings = done.filter(
    ({setting: s}) => s.part === 'tuning' && s.task === task && s.optimizer === optimizer,
  );
  const endOf = ({outcome}: SparseRun) => outcome.at(-1)!.reduce((sum, value) => sum + value, 0);
  return tunings.reduce((a, b) => (endOf(b) < endOf(a) ? b : a)).setting;
}
