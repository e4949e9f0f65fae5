import {type Interval, medianInterval} from '../../../bench/interval.js';
import type {Run} from '../../experiment.js';
import {groupedBy} from '../../judge.js';
import type {Outcome, Setting} from './simulate.js';
import {exactVariance, lengthOf, weightsOfMean} from './varianceOfRate.js';

/** What was measured after t steps, over seeds. */
export interface Row {
  readonly beta2: number;
  readonly mean: number;
  readonly t: number;
  readonly rho: number;
  readonly adam: Interval;
  readonly radam: Interval;
  /** What Adam's variance should be. */
  readonly exact: number;
}

export function rowsOf(runs: readonly Run<Setting, Outcome>[]): Row[] {
  const groups = groupedBy(runs, ({setting}) => JSON.stringify({...setting, seed: 0}));
  return [...groups.values()].flatMap(group => {
    const {beta2, mean, told} = group[0]!.setting;
    return told.map((t, i) => ({
      beta2,
      mean,
      t,
      rho: lengthOf(t, beta2),
      adam: medianInterval(group.map(({outcome}) => outcome.adam[i]!)),
      radam: medianInterval(group.map(({outcome}) => outcome.radam[i]!)),
      exact: exactVariance(weightsOfMean(t, beta2), mean),
    }));
  });
}
