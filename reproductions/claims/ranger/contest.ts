import {type Effort, type Run, seedsOf} from '../../experiment.js';
import type {Training} from '../../training.js';
import {mean} from '../shared/perSeed.js';
import {type Contestant, contestantOf, contestants} from './contestants.js';
import {bestOf, gridAround, rateBeyond, type Tried} from './tuning.js';

export interface Setting {
  readonly seed: number;
  readonly steps: number;
  readonly contestant: Contestant;
  readonly learningRate: number;
  readonly stage: 'tuning' | 'told';
}

/** A task on which optimizers are compared, and how an outcome is scored: less is better. */
export interface Task<Outcome> {
  readonly steps: number;
  /** The middles of the grids that tuning begins with. */
  readonly firstGuesses: Readonly<Record<Contestant, number>>;
  readonly score: (outcome: Outcome) => number;
}

/** Not among those that are told. */
export const tuningSeedsOf = ({isQuick}: Effort) => (isQuick ? [101] : [101, 102]);

export const stepsOf = ({steps}: Pick<Task<never>, 'steps'>, {isQuick}: Effort) => (isQuick ? 30 : steps);

/** Tunes each contestant's learning rate until the best one lies within those that were tried, and then runs it on the seeds that are told. */
export function nextOf<O>(task: Task<O>, done: readonly Run<Setting, O>[], effort: Effort): Setting[] {
  const steps = stepsOf(task, effort);
  return contestants.flatMap(contestant => {
    const own = done.filter(({setting}) => setting.contestant === contestant);
    const tune = (learningRate: number) =>
      tuningSeedsOf(effort).map(
        (seed): Setting => ({seed, steps, contestant, learningRate, stage: 'tuning'}),
      );
    if (own.some(({setting}) => setting.stage === 'told')) return [];
    if (own.length === 0) return gridAround(task.firstGuesses[contestant]).flatMap(tune);
    const tried = triedBy(task, own);
    const more = effort.isQuick ? undefined : rateBeyond(tried);
    if (more !== undefined) return tune(more);
    const {learningRate} = bestOf(tried);
    return seedsOf(effort).map((seed): Setting => ({seed, steps, contestant, learningRate, stage: 'told'}));
  });
}

/** What a setting's training is told. */
export function trainingOf({seed, steps, contestant, learningRate, stage}: Setting): Training {
  const evaluateOn = stage === 'tuning' ? 'validation' : 'test';
  return {seed, steps, ...contestantOf(contestant, learningRate), evaluateOn};
}

/** Rates in rising order, with the mean score over the tuning seeds. */
export function triedBy<O>({score}: Pick<Task<O>, 'score'>, runs: readonly Run<Setting, O>[]): Tried[] {
  const tuning = runs.filter(({setting}) => setting.stage === 'tuning');
  const rates = [...new Set(tuning.map(({setting}) => setting.learningRate))].sort((a, b) => a - b);
  return rates.map(learningRate => ({
    learningRate,
    score: mean(
      tuning.filter(({setting}) => setting.learningRate === learningRate).map(({outcome}) => score(outcome)),
    ),
  }));
}
