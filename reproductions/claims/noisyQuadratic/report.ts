import {type Interval, medianInterval} from '../../../bench/interval.js';
import {shown, table} from '../../../bench/report/table.js';
import type {Finding, Report, Run} from '../../experiment.js';
import {allOf, judge} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {type Method, steadyVariance} from './fixedPoint.js';
import {raceReport} from './races.js';
import {curvatures, lookaheads, type Setting, sgd} from './settings.js';
import type {Outcome} from './simulate.js';

/** A factor by which a measured variance may be off. */
const near = 1.05;

export function report(runs: readonly Run<Setting, Outcome>[]): Report {
  const races = raceReport(runs);
  return {
    findings: [matches(runs), isSmaller(runs), ...races.findings],
    body: `## The fixed point

The loss is ½·a·(x − c)² with a new c ~ N(0, 1) in each step, for each of many copies of each curvature a. At a rate γ, with q = 1 − γ·a, k steps of SGD add
γ²·a²·(1 − q²ᵏ)/(1 − q²) to the variance, and the sync takes the share α of it; so the slow weights settle at

    V = α²·γ²·a²·(1 − q²ᵏ)/(1 − q²) / (1 − (1 − α + α·qᵏ)²)

which is proposition 2, and SGD's own for α = k = 1. Only the product γ·a matters: γ is ${sgd.learningRate} here. Curvatures close to 2/γ, where SGD is about to diverge, and below
1/γ, are among those tried. A first run of fewer copies had left the first claim undecided. Measured variances are over expected ones in the table; the interval is of the median over seeds.

${fixedPointTable(runs)}

![Variance of the slow weights against the curvature, measured and by proposition 2](noisyQuadratic-variance.svg)

${races.body}`,
    charts: {'noisyQuadratic-variance': varianceChart(runs), ...races.charts},
  };
}

const nameOf = ({k, alpha}: Method) => (k === 1 ? 'SGD' : `k = ${k}, α = ${alpha}`);

/** Of each seed, in the order of seeds. */
function measuredAt(runs: readonly Run<Setting, Outcome>[], {k, alpha}: Method, i: number): number[] {
  return runs
    .filter(({setting: s}) => s.kind === 'fixed point' && s.method.k === k && s.method.alpha === alpha)
    .map(({outcome}) => outcome.squares[i]!);
}

function ratioAt(runs: readonly Run<Setting, Outcome>[], method: Method, i: number): Interval {
  const expected = steadyVariance(curvatures[i]!, method);
  return medianInterval(measuredAt(runs, method, i).map(each => each / expected));
}

function matches(runs: readonly Run<Setting, Outcome>[]): Finding {
  const ratios = lookaheads.flatMap(method => curvatures.map((_, i) => ratioAt(runs, method, i)));
  const sorted = [...ratios].sort((a, b) => a.median - b.median);
  return {
    claim: 'The variance at which the slow weights settle is that of proposition 2.',
    verdict: allOf(
      ...ratios.flatMap(ratio => [judge(ratio, 'above', 1 / near), judge(ratio, 'below', near)]),
    ),
    evidence: `measured over expected, of ${ratios.length} settings: from ${shown(sorted[0]!, 3)} to ${shown(sorted.at(-1)!, 3)}; criterion: each whole interval within a factor of ${near}`,
  };
}

function isSmaller(runs: readonly Run<Setting, Outcome>[]): Finding {
  const ratios = lookaheads.flatMap(method =>
    curvatures.map((_, i) => {
      const plain = measuredAt(runs, sgd, i);
      return medianInterval(measuredAt(runs, method, i).map((each, seed) => each / plain[seed]!));
    }),
  );
  const sorted = [...ratios].sort((a, b) => a.median - b.median);
  return {
    claim: 'It is strictly smaller than the variance of SGD with the same learning rate.',
    verdict: allOf(...ratios.map(ratio => judge(ratio, 'below', 1))),
    evidence: `Lookahead over SGD, same noise, of ${ratios.length} settings: from ${shown(sorted[0]!, 3)} to ${shown(sorted.at(-1)!, 3)}; criterion: each whole interval below 1`,
  };
}

function fixedPointTable(runs: readonly Run<Setting, Outcome>[]): string {
  return table(
    ['γ·a', ...[sgd, ...lookaheads].map(nameOf)],
    curvatures.map((a, i) => [
      (a * sgd.learningRate).toFixed(1),
      ...[sgd, ...lookaheads].map(method => shown(ratioAt(runs, method, i), 3)),
    ]),
  );
}

function varianceChart(runs: readonly Run<Setting, Outcome>[]) {
  const points = [sgd, ...lookaheads].flatMap(method =>
    curvatures.map(
      (a, i): Point => ({
        series: nameOf(method),
        x: a * sgd.learningRate,
        ...medianInterval(measuredAt(runs, method, i)),
        panel: 'measured',
      }),
    ),
  );
  const exact = [sgd, ...lookaheads].flatMap(method =>
    Array.from({length: 38}, (_, i) => 0.05 * (i + 1)).map((a): Point => {
      const variance = steadyVariance(a, method);
      return {
        series: nameOf(method),
        x: a,
        median: variance,
        low: variance,
        high: variance,
        panel: 'by proposition 2',
      };
    }),
  );
  return curves({
    x: {title: 'γ·a'},
    y: {title: 'variance at the fixed point', isLog: true},
    points: [...points, ...exact],
  });
}
