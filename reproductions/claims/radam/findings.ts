import type {Interval} from '../../../bench/interval.js';
import type {Effort, Finding, Run} from '../../experiment.js';
import type {ImageOutcome} from '../../imageTraining.js';
import {allOf, judge, medianOf, pairedDifference} from '../../judge.js';
import {percent, percentPoints} from '../../report/percent.js';
import {mean, perSeed, worstMinusBest} from '../shared/perSeed.js';
import {nameOf, rates, type Setting, warmupsOf} from './settings.js';

export type RadamRun = Run<Setting, ImageOutcome>;

/** Errors that lie no further apart than this count as equal: fixed before anything was run. */
const margin = 0.03;
/** Errors over all rates that lie no further apart than this count as insensitive. */
const insensitive = 0.05;

export function findingsOf(runs: readonly RadamRun[], effort: Effort): Finding[] {
  const spread = (name: string) => combined(runs, name, worstMinusBest);
  const average = (name: string) => combined(runs, name, mean);
  const difference = (a: RunsOfSeeds, b: RunsOfSeeds) => pairedDifference(a, b, ({outcome}) => outcome);

  const spreads = difference(spread('RAdam'), spread('Adam'));
  const own = medianOf(spread('RAdam'), ({outcome}) => outcome);
  const averages = difference(average('RAdam'), average('Adam'));
  const largest = rates.at(-1)!;
  const atLargest = pairedDifference(
    ofMethod(runs, 'RAdam').filter(({setting}) => setting.learningRate === largest),
    ofMethod(runs, 'Adam').filter(({setting}) => setting.learningRate === largest),
    ({outcome}) => outcome.error,
  );
  const range = `from ${rates[0]} to ${largest}`;
  return [
    {
      claim: `RAdam depends less on the learning rate than Adam without warm-up, over rates ${range}.`,
      verdict: judge(spreads, 'below', 0),
      evidence: `Error at the worst rate minus that at the best: RAdam's minus Adam's is ${percentPoints(spreads)}. It holds below 0.`,
    },
    {
      claim: `RAdam is insensitive to the learning rate ${range}.`,
      verdict: judge(own, 'below', insensitive),
      evidence: `Error at the worst rate minus that at the best: ${percentPoints(own)}. It holds below ${100 * insensitive} points.`,
    },
    {
      claim: `RAdam stands the largest rate, ${largest}, better than Adam without warm-up.`,
      verdict: judge(atLargest, 'below', 0),
      evidence: `Held-out error at that rate: RAdam's minus Adam's is ${percentPoints(atLargest)}. It holds below 0.`,
    },
    {
      claim: 'RAdam does better than Adam without warm-up.',
      verdict: judge(averages, 'below', 0),
      evidence: `Held-out error, mean over the rates: RAdam's minus Adam's is ${percentPoints(averages)}. It holds below 0.`,
    },
    ...warmupsOf(effort).map(warmupSteps => {
      const name = nameOf({optimizer: 'Adam', warmupSteps});
      const apart = difference(average('RAdam'), average(name));
      return {
        claim: `RAdam does as well as Adam with a linear warm-up of ${warmupSteps} steps.`,
        verdict: isWithin(apart),
        evidence: `Held-out error, mean over the rates: RAdam's (${percent(medianOf(average('RAdam'), ({outcome}) => outcome))}) minus Adam's is \
${percentPoints(apart)}. It holds within ±${100 * margin} points.`,
      };
    }),
  ];
}

type RunsOfSeeds = ReturnType<typeof combined>;

function combined(runs: readonly RadamRun[], name: string, combine: typeof mean) {
  return perSeed(ofMethod(runs, name), combine, ({error}) => error);
}

function ofMethod(runs: readonly RadamRun[], name: string): RadamRun[] {
  return runs.filter(({setting}) => nameOf(setting) === name);
}

/** Not so only where the whole interval lies on one side of what counts as equal. */
const isWithin = (apart: Interval) => allOf(judge(apart, 'below', margin), judge(apart, 'above', -margin));
