import {shown, table} from '../../../bench/report/table.js';
import type {Effort, Report} from '../../experiment.js';
import {groupedBy, medianOf} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {percent} from '../../report/percent.js';
import {howOnImages} from '../shared/howOnImages.js';
import {trainingCurve} from '../shared/trainingCurve.js';
import {findingsOf, type LookaheadRun} from './findings.js';
import {base, ks, nameOf, rates, type Setting, stepsOf, sweeps} from './settings.js';

export function report(runs: readonly LookaheadRun[], effort: Effort): Report {
  const groups = groupsOf(runs).sort(byLookahead);
  const errors = (
    sweep: keyof typeof sweeps,
    series: (arm: Setting) => string,
    x: (arm: Setting) => Point['x'],
  ) =>
    groups
      .filter(({arm}) => sweeps[sweep](arm))
      .map(({arm, error}): Point => ({series: series(arm), x: x(arm), ...error}));
  const y = {title: 'held-out error'};
  return {
    findings: findingsOf(runs),
    body: bodyOf(groups, effort),
    charts: {
      'lookahead-rates': curves({
        x: {title: 'learning rate', isLog: true, domain: [rates[0]! / 1.25, rates.at(-1)! * 1.25]},
        y,
        points: errors('rates', nameOf, ({learningRate}) => learningRate),
      }),
      'lookahead-momenta': curves({
        x: {title: 'momentum'},
        y,
        points: errors('momenta', nameOf, ({momentum}) => String(momentum)),
      }),
      'lookahead-own': curves({
        x: {title: 'k and α'},
        y,
        points: [...errors('alone', nameOf, ownOf), ...errors('lookaheads', nameOf, ownOf)],
      }),
      'lookahead-curves': curves({
        x: {title: 'steps'},
        y: {title: 'training loss'},
        points: groups
          .filter(({arm}) => sweeps.rates(arm))
          .flatMap(({own, arm}) => trainingCurve(own, nameOf(arm), `learning rate ${arm.learningRate}`)),
        width: 190,
      }),
    },
  };
}

const ownOf = ({lookahead}: Setting) =>
  lookahead ? `k = ${lookahead.k}, α = ${lookahead.alpha}` : 'without';

/** So that neighbours in a plot differ in one of them. */
const byLookahead = (a: {arm: Setting}, b: {arm: Setting}) =>
  (a.arm.lookahead?.alpha ?? 0) - (b.arm.lookahead?.alpha ?? 0) ||
  (a.arm.lookahead?.k ?? 0) - (b.arm.lookahead?.k ?? 0);

function groupsOf(runs: readonly LookaheadRun[]) {
  const keyOf = ({setting: {seed, ...arm}}: LookaheadRun) => JSON.stringify(arm);
  return [...groupedBy(runs, keyOf).values()].map(own => ({
    own,
    arm: own[0]!.setting,
    error: medianOf(own, ({outcome}) => outcome.error),
    loss: medianOf(own, ({outcome}) => outcome.trainingLoss),
  }));
}

function bodyOf(groups: ReturnType<typeof groupsOf>, effort: Effort): string {
  const steps = stepsOf(effort);
  const longest = Math.max(...ks);
  return `## How it was done

${howOnImages(effort, steps)}

One setting is varied at a time; the others are learning rate ${base.learningRate}, momentum ${base.momentum}, ${ownOf({lookahead: base.lookahead} as Setting)}.
Evaluation sees the slow weights, as the library's Lookahead shows them. The number of steps is a multiple of each k, so that the last step is a sync and both sets of weights are
the same; with k = ${longest} there are only ${steps / longest} syncs. Training losses along the way are those of the fast weights. k and α had been one claim, and were
parted after a first trial; the bound stayed.

![Held-out error against the learning rate](lookahead-rates.svg)

![Held-out error against the momentum](lookahead-momenta.svg)

![Held-out error for each k and α](lookahead-own.svg)

![Training loss over steps, one panel for each learning rate](lookahead-curves.svg)

## All numbers

${table(
  ['learning rate', 'momentum', 'Lookahead', 'held-out error', 'training loss'],
  groups.map(({arm, error, loss}) => [
    String(arm.learningRate),
    String(arm.momentum),
    ownOf(arm),
    percent(error),
    shown(loss, 2),
  ]),
)}`;
}
