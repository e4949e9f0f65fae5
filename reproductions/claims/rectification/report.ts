import {table} from '../../../bench/report/table.js';
import type {Report, Run} from '../../experiment.js';
import {curves, type Point} from '../../report/charts.js';
import {findingsOf} from './findings.js';
import {type Row, rowsOf} from './rows.js';
import type {Outcome, Setting} from './simulate.js';
import {exactVariance, firstOrder, lengthOf, varianceOfRate, weightsOfMean} from './varianceOfRate.js';

export function report(runs: readonly Run<Setting, Outcome>[]): Report {
  const rows = rowsOf(runs);
  return {findings: findingsOf(rows), body: bodyOf(rows), charts: chartsOf(rows)};
}

const shownVariance = (value: number) => (Number.isFinite(value) ? value.toPrecision(3) : 'no bound');

function bodyOf(rows: readonly Row[]): string {
  const lines = rows.map(({beta2, mean, t, rho, adam, radam, exact}) => [
    String(beta2),
    String(mean),
    String(t),
    rho.toFixed(2),
    `${adam.median.toPrecision(3)} (${adam.low.toPrecision(3)} to ${adam.high.toPrecision(3)})`,
    shownVariance(exact),
    mean === 0 ? shownVariance(varianceOfRate(rho)) : '',
    mean === 0 ? shownVariance(firstOrder(rho)) : '',
    rho > 4
      ? `${radam.median.toPrecision(3)} (${radam.low.toPrecision(3)} to ${radam.high.toPrecision(3)})`
      : 'not rectified',
  ]);
  const head = [
    'β₂',
    'mean of g',
    't',
    'ρₜ',
    'measured Var[ψ]',
    'exact',
    'closed form',
    'first order',
    'measured Var[r·ψ]',
  ];
  return `## How it was done

The loss Σ w·g, with new gradients g ~ N(μ, 1) in each step for each of many weights, makes every weight a sample. Without momentum, with ε = 0, at rate 1 and from
w = 0, a step of Adam leads to −ψ·g and one of RAdam to −r·ψ·g: dividing by g reads off the rate that the optimizer has used. Early steps are measured on more weights than
late ones, for ψ has heavy tails there: its variance exists from three gradients on, that of what is measured from five on.

Three numbers are compared with. *Closed form*: ψ² is taken for ρ/X with X ~ χ² of ρₜ degrees, so that

    Var[ψ] = ρ/(ρ − 2) − ρ·2^(2ρ−5)/π · B((ρ − 1)/2, (ρ − 1)/2)²

in units of 1/σ². *First order*: ρ/(2(ρ − 2)(ρ − 4)), from which RAdam's factor r comes. *Exact*: what Adam's moving mean gives without standing a simple mean in its place, by a
numerical integral over the Laplace transform of Σ wᵢ·gᵢ². The closed form takes the mean of g to be 0.

![Variance of the adaptive rate against the step, measured, exact, and by the two formulas](rectification-variance.svg)

![How far the formulas lie from the exact variance, against the step](rectification-formulas.svg)

## All numbers

${table(head, lines)}`;
}

/** Steps that a curve is drawn through: as many in each octave. */
const drawnSteps = [...new Set(Array.from({length: 45}, (_, i) => Math.round(5 * 2 ** (i / 4.5))))];

function chartsOf(rows: readonly Row[]): Report['charts'] {
  const measured = rows.filter(({rho, mean}) => rho > 4 && mean === 0);
  const line = (series: string, x: number, median: number, panel: string): Point => ({
    series,
    x,
    median,
    low: median,
    high: median,
    panel,
  });
  const variance = measured.flatMap(({beta2, t, rho, adam, radam}): Point[] => {
    const panel = `β₂ = ${beta2}`;
    return [
      {series: 'Adam, measured', x: t, ...adam, panel},
      {series: 'RAdam, measured', x: t, ...radam, panel},
      line('closed form', t, varianceOfRate(rho), panel),
      line('first order', t, firstOrder(rho), panel),
    ];
  });
  const formulas = [...new Set(rows.map(({beta2}) => beta2))].flatMap(beta2 =>
    drawnSteps.flatMap(t => {
      const exact = exactVariance(weightsOfMean(t, beta2));
      const rho = lengthOf(t, beta2);
      return [
        line('closed form', t, varianceOfRate(rho) / exact, `β₂ = ${beta2}`),
        line('first order', t, firstOrder(rho) / exact, `β₂ = ${beta2}`),
      ];
    }),
  );
  return {
    'rectification-variance': curves({
      x: {title: 'step t', isLog: true},
      y: {title: 'variance', isLog: true},
      points: variance,
    }),
    'rectification-formulas': curves({
      x: {title: 'step t', isLog: true},
      y: {title: 'formula over exact variance', domain: [0.9, 1.6]},
      points: formulas,
    }),
  };
}
