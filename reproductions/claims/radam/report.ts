import {shown, table} from '../../../bench/report/table.js';
import type {Effort, Report} from '../../experiment.js';
import {groupedBy, medianOf} from '../../judge.js';
import {curves} from '../../report/charts.js';
import {percent} from '../../report/percent.js';
import {howOnImages} from '../shared/howOnImages.js';
import {rectificationAt} from '../shared/rectificationAt.js';
import {trainingCurve} from '../shared/trainingCurve.js';
import {findingsOf, type RadamRun} from './findings.js';
import {beta2, nameOf, rates, stepsOf} from './settings.js';

export function report(runs: readonly RadamRun[], effort: Effort): Report {
  const groups = [
    ...groupedBy(runs, ({setting}) => `${nameOf(setting)} ${setting.learningRate}`).values(),
  ].map(own => ({
    own,
    name: nameOf(own[0]!.setting),
    learningRate: own[0]!.setting.learningRate,
    error: medianOf(own, ({outcome}) => outcome.error),
    loss: medianOf(own, ({outcome}) => outcome.trainingLoss),
  }));
  return {
    findings: findingsOf(runs, effort),
    body: bodyOf(groups, effort),
    charts: {
      'radam-rates': curves({
        x: {title: 'learning rate', isLog: true, domain: [rates[0]! / 1.25, rates.at(-1)! * 1.25]},
        y: {title: 'held-out error'},
        points: groups.map(({name, learningRate, error}) => ({series: name, x: learningRate, ...error})),
        width: 420,
      }),
      'radam-curves': curves({
        x: {title: 'steps'},
        y: {title: 'training loss'},
        points: groups.flatMap(({own, name, learningRate}) =>
          trainingCurve(own, name, `learning rate ${learningRate}`),
        ),
        width: 190,
      }),
    },
  };
}

interface Group {
  readonly name: string;
  readonly learningRate: number;
  readonly error: Parameters<typeof percent>[0];
  readonly loss: Parameters<typeof shown>[0];
}

function bodyOf(groups: readonly Group[], effort: Effort): string {
  const steps = stepsOf(effort);
  return `## How it was done

${howOnImages(effort, steps)}

All have β₂ = ${beta2}, and what else the library's defaults are. With 0.999, RAdam would be in its own warm-up for the whole budget, and its learning rate simply a smaller one; with
${beta2} it multiplies Adam's step by ${rectificationAt(steps, beta2).toFixed(2)} at the last one. The trainings of the paper are hundreds of times as long, so that what is seen here is the beginning alone. Within few steps a small rate does not
lead far, whatever the optimizer; that is part of every spread over rates. That is why the claim on the largest rate alone was added after a first trial, which had shown
the spreads.

![Held-out error against the learning rate, by optimizer](radam-rates.svg)

![Training loss over steps, one panel for each learning rate](radam-curves.svg)

## All numbers

${table(
  ['', 'learning rate', 'held-out error', 'training loss'],
  groups.map(({name, learningRate, error, loss}) => [
    name,
    String(learningRate),
    percent(error),
    shown(loss, 2),
  ]),
)}`;
}
