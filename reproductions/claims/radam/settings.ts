import {Adam, RAdam, schedules} from '../../../src/index.js';
import {type Effort, seedsOf} from '../../experiment.js';

export interface Setting {
  readonly seed: number;
  readonly steps: number;
  readonly optimizer: 'Adam' | 'RAdam';
  readonly learningRate: number;
  readonly beta2: number;
  /** Of a linear warm-up; 0 where there is none. */
  readonly warmupSteps: number;
}

/** The paper's four. */
export const rates = [0.003, 0.01, 0.03, 0.1];
/** Less than the default of 0.999, with which RAdam would hardly begin to leave its own warm-up in so few steps. */
export const beta2 = 0.99;

export const stepsOf = ({isQuick}: Effort) => (isQuick ? 10 : 60);
/** Of the warm-up that RAdam is compared with: a quarter of the steps, and all of them. */
export const warmupsOf = (effort: Effort) => [stepsOf(effort) / 4, stepsOf(effort)].map(Math.ceil);

export function settingsOf(effort: Effort): Setting[] {
  const common = {steps: stepsOf(effort), beta2};
  const methods = [
    {optimizer: 'Adam', warmupSteps: 0},
    {optimizer: 'RAdam', warmupSteps: 0},
    ...warmupsOf(effort).map(warmupSteps => ({optimizer: 'Adam', warmupSteps}) as const),
  ] as const;
  return rates.flatMap(learningRate =>
    methods.flatMap(method => seedsOf(effort).map(seed => ({seed, ...common, learningRate, ...method}))),
  );
}

export function nameOf({optimizer, warmupSteps}: Pick<Setting, 'optimizer' | 'warmupSteps'>): string {
  return warmupSteps === 0 ? optimizer : `${optimizer}, warm-up of ${warmupSteps} steps`;
}

export function optimizerFor({optimizer, learningRate, beta2, warmupSteps}: Setting): Adam | RAdam {
  if (optimizer === 'RAdam') return new RAdam({learningRate, beta2});
  if (warmupSteps === 0) return new Adam({learningRate, beta2});
  const schedule = schedules.warmup({
    schedule: learningRate,
    // The first of the equal rises is the first step's.
    warmupSteps: warmupSteps - 1,
    initialValue: learningRate / warmupSteps,
  });
  return new Adam({learningRate: schedule, beta2});
}
