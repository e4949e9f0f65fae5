import type {Interval} from '../../../bench/interval.js';
import {shown} from '../../../bench/report/table.js';
import type {Finding, Run} from '../../experiment.js';
import type {ImageOutcome} from '../../imageTraining.js';
import {judge, medianOf, pairedDifference} from '../../judge.js';
import {percentPoints} from '../../report/percent.js';
import {best, mean, perSeed, worstMinusBest} from '../shared/perSeed.js';
import {alphas, base, ks, momenta, rates, type Setting, sweeps} from './settings.js';

export type LookaheadRun = Run<Setting, ImageOutcome>;

/** Errors that lie no further apart than this count as equal: fixed before anything was run. */
const insensitive = 0.05;

export function findingsOf(runs: readonly LookaheadRun[]): Finding[] {
  const compare = (
    sweep: 'rates' | 'momenta',
    combine: typeof mean,
    value: keyof Pick<ImageOutcome, 'error' | 'trainingLoss'>,
  ) => {
    const own = runs.filter(({setting}) => sweeps[sweep](setting));
    const [around, alone] = [own.filter(hasLookahead), own.filter(run => !hasLookahead(run))].map(each =>
      perSeed(each, combine, outcome => outcome[value]),
    );
    return pairedDifference(around!, alone!, ({outcome}) => outcome);
  };
  const loss = compare('rates', mean, 'trainingLoss');
  const error = compare('rates', mean, 'error');
  const atBest = compare('rates', best, 'error');
  const overRates = compare('rates', worstMinusBest, 'error');
  const overMomenta = compare('momenta', worstMinusBest, 'error');
  return [
    {
      claim:
        'Around SGD with momentum, Lookahead learns faster: its training loss is lower after as many gradients.',
      verdict: judge(loss, 'below', 0),
      evidence: `Training loss, mean over learning rates ${listed(rates)}: with Lookahead minus without, ${shown(loss, 2)}. It holds below 0.`,
    },
    lowerError('Its held-out error is lower, too.', 'mean over the learning rates', error),
    lowerError(
      'Its held-out error is lower where each has its best learning rate.',
      'at the best learning rate of each seed',
      atBest,
    ),
    lessSpread('learning rate', listed(rates), overRates),
    lessSpread('momentum', listed(momenta), overMomenta),
    mattersLittle(runs, 'k', ks, base.lookahead),
    mattersLittle(runs, 'alpha', alphas, base.lookahead),
  ];
}

const hasLookahead = ({setting}: LookaheadRun) => setting.lookahead !== null;
const listed = (values: readonly number[]) => values.join(', ');

function lowerError(claim: string, over: string, difference: Interval): Finding {
  return {
    claim,
    verdict: judge(difference, 'below', 0),
    evidence: `Held-out error, ${over}: with Lookahead minus without, ${percentPoints(difference)}. It holds below 0.`,
  };
}

function lessSpread(what: string, values: string, difference: Interval): Finding {
  return {
    claim: `With Lookahead the result depends less on the ${what} of SGD.`,
    verdict: judge(difference, 'below', 0),
    evidence: `Error at the worst minus that at the best ${what} of ${values}: with Lookahead minus without, ${percentPoints(difference)}. It holds below 0.`,
  };
}

/** Of k or α, the other being the base's. */
function mattersLittle(
  runs: readonly LookaheadRun[],
  varied: 'k' | 'alpha',
  values: readonly number[],
  {k, alpha}: NonNullable<Setting['lookahead']>,
): Finding {
  const isOf = ({lookahead}: Setting) => (varied === 'k' ? lookahead?.alpha === alpha : lookahead?.k === k);
  const own = runs.filter(({setting}) => sweeps.lookaheads(setting) && isOf(setting));
  const spread = medianOf(
    perSeed(own, worstMinusBest, ({error}) => error),
    ({outcome}) => outcome,
  );
  const symbol = varied === 'k' ? 'k' : 'α';
  return {
    claim: `Lookahead's ${symbol} matters little.`,
    verdict: judge(spread, 'below', insensitive),
    evidence: `Held-out error at the worst minus that at the best ${symbol} of ${listed(values)}: ${percentPoints(spread)}. It holds below ${100 * insensitive} points.`,
  };
}
