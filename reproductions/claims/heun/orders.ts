import {type Interval, medianInterval} from '../../../bench/interval.js';
import {shown, table} from '../../../bench/report/table.js';
import type {Finding, Report} from '../../experiment.js';
import {allOf, judge} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {inputs, rows, time, units} from './follow.js';
import {methods} from './methods.js';
import {type HeunRun, ordered, stepCounts} from './settings.js';

type Ordered = keyof typeof ordered;

/** What rounding to float32 may add up to in some steps. */
const roundingIn = (steps: number) => steps * 2 ** -24;
/** Errors larger than the last are of steps too long to show an order; smaller than some times the rounding, not of the method. */
const [aboveRounding, largestError] = [5, 5e-3];
/** How far from its order a method may be: orders are whole numbers. */
const near = 0.5;

/** How closely methods follow the gradient flow. */
export function orderReport(runs: readonly HeunRun[]): Report {
  const names = Object.keys(ordered) as Ordered[];
  return {
    findings: [...names.map(name => orderFinding(runs, name)), equalGradients(runs)],
    body: `## Following the flow

A network of ${inputs} inputs and ${units} units of tanh learns ${rows} rows, all in each step, from several starting points. Each method goes on for ${time} units of time, in steps of
different lengths, by one learning rate each; where the flow θ′ = −∇L leads in that time is computed in double precision. The error is the distance between the two ends, over
the distance that the flow covers. The order is the slope of log error over log length, through all lengths whose error is below ${largestError} and above
${aboveRounding} times what rounding to float32 may add up to, 2⁻²⁴ in each step. Time, lengths and these bounds were set after first trials, in which RK4's steps were
either too long for its order to show, or so short that rounding was all that was left.

![Error against the number of steps, and against the number of gradients](heun-order.svg)

${table(
  ['gradients', ...names.map(name => `error of ${name}`), 'Heun over SGD'],
  sharedGradients(runs).map(gradients => [
    String(gradients),
    ...names.map(name => {
      const errors = errorsAt(runs, name, gradients / methods[name].phases);
      return errors.length > 0 ? scientific(medianInterval(errors)) : '';
    }),
    shown(ratioAt(runs, gradients), 3),
  ]),
)}`,
    charts: {'heun-order': chart(runs)},
  };
}

const scientific = ({median, low, high}: Interval) =>
  `${median.toExponential(1)} (${low.toExponential(1)} to ${high.toExponential(1)})`;

/** Of each seed. */
function errorsAt(runs: readonly HeunRun[], name: Ordered, steps: number): readonly number[] {
  const is = ({setting: s}: HeunRun) => s.part === 'order' && s.method === name && s.steps === steps;
  return runs.find(is)?.outcome[0] ?? [];
}

function orderFinding(runs: readonly HeunRun[], name: Ordered): Finding {
  const order = ordered[name];
  const counts = stepCounts.filter(steps => errorsAt(runs, name, steps).length > 0);
  const seeds = errorsAt(runs, name, counts[0]!).map((_, seed) => seed);
  const measured = medianInterval(
    seeds.map(seed => {
      const errors = counts.map(steps => ({steps, error: errorsAt(runs, name, steps)[seed]!}));
      const fit = errors.filter(
        ({steps, error}) => error > aboveRounding * roundingIn(steps) && error < largestError,
      );
      return slopeOf(fit.length > 1 ? fit : errors.slice(-2));
    }),
  );
  return {
    claim: `As a solution of the gradient flow ${name} has order ${order}.`,
    verdict: allOf(judge(measured, 'above', order - near), judge(measured, 'below', order + near)),
    evidence: `order ${shown(measured, 2)} over starting points; criterion: the whole interval nearer to ${order} than to any other whole number`,
  };
}

/** Of −log error over log steps, by least squares. */
export function slopeOf(errors: readonly {readonly steps: number; readonly error: number}[]): number {
  const points = errors.map(({steps, error}) => [Math.log(steps), Math.log(error)] as const);
  const mean = (i: 0 | 1) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return -across / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** Powers of two at which SGD and Heun both were looked at. */
const sharedGradients = (runs: readonly HeunRun[]) =>
  stepCounts.filter(
    gradients =>
      Number.isInteger(Math.log2(gradients)) &&
      errorsAt(runs, 'SGD', gradients).length > 0 &&
      errorsAt(runs, 'Heun', gradients / methods.Heun.phases).length > 0,
  );

function ratioAt(runs: readonly HeunRun[], gradients: number): Interval {
  const plain = errorsAt(runs, 'SGD', gradients);
  const heun = errorsAt(runs, 'Heun', gradients / methods.Heun.phases);
  return medianInterval(heun.map((error, seed) => error / plain[seed]!));
}

function equalGradients(runs: readonly HeunRun[]): Finding {
  const ratios = sharedGradients(runs).map(gradients => ({gradients, ratio: ratioAt(runs, gradients)}));
  return {
    claim: 'With as many gradients, and short enough steps, Heun follows the flow more closely than SGD.',
    verdict: judge(ratios.at(-1)!.ratio, 'below', 1),
    evidence: `error of Heun over that of SGD: ${ratios
      .map(({gradients, ratio}) => `${shown(ratio, 3)} with ${gradients} gradients`)
      .join('; ')}; criterion: with the most gradients tried, the whole interval below 1`,
  };
}

function chart(runs: readonly HeunRun[]) {
  const points = (Object.keys(ordered) as Ordered[]).flatMap(name =>
    stepCounts.flatMap((steps): Point[] => {
      const errors = errorsAt(runs, name, steps);
      if (errors.length === 0) return [];
      const interval = medianInterval(errors);
      return [
        {series: name, x: steps, ...interval, panel: 'by steps'},
        {series: name, x: steps * methods[name].phases, ...interval, panel: 'by gradients'},
      ];
    }),
  );
  return curves({
    x: {title: 'steps, or gradients', isLog: true},
    y: {title: 'error', isLog: true},
    points,
  });
}
