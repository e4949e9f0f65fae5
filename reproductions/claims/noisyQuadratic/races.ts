import {type Interval, medianInterval} from '../../../bench/interval.js';
import {shown, table} from '../../../bench/report/table.js';
import type {Finding, Report, Run} from '../../experiment.js';
import {allOf, judge} from '../../judge.js';
import {curves, type Point} from '../../report/charts.js';
import {cycle, type Method, type Moments, slowestFactor} from './fixedPoint.js';
import {raced, racedRates, racersOf, type Setting, spectra, start} from './settings.js';
import type {Outcome} from './simulate.js';

type Spectrum = keyof typeof spectra;

interface Race {
  readonly spectrum: Spectrum;
  readonly rate: number;
  readonly lookahead: readonly Run<Setting, Outcome>[];
  readonly alone: readonly Run<Setting, Outcome>[];
  /** Lookahead's steps until the loss is twice the one where it settles, over SGD's. */
  readonly ratio: Interval;
  /** The same by the exact recursion. */
  readonly expected: number;
}

/** At equal loss in the end: who is there first? */
export function raceReport(runs: readonly Run<Setting, Outcome>[]): Report {
  const races = (Object.keys(spectra) as Spectrum[]).flatMap(spectrum =>
    racedRates.map(rate => raceOf(runs, spectrum, rate)),
  );
  const [one, many] = (Object.keys(spectra) as Spectrum[]).map(each =>
    races.filter(({spectrum}) => spectrum === each),
  );
  return {
    findings: [
      finding('With one curvature, Lookahead converges faster than SGD that settles at the same loss.', one!),
      ...many!.map(race =>
        finding(
          `With many curvatures, Lookahead converges faster than SGD that settles at the same loss (γ = ${race.rate}, the largest is 1).`,
          [race],
        ),
      ),
    ],
    body: bodyOf(races),
    charts: {'noisyQuadratic-speed': speedChart(), 'noisyQuadratic-races': raceChart(races)},
  };
}

function raceOf(runs: readonly Run<Setting, Outcome>[], spectrum: Spectrum, rate: number): Race {
  const own = (isLookahead: boolean) =>
    runs.filter(
      ({setting: s}) =>
        s.kind === 'race' && s.spectrum === spectrum && s.rate === rate && s.isLookahead === isLookahead,
    );
  const [lookahead, alone] = [own(true), own(false)];
  const racers = racersOf(spectra[spectrum], rate);
  const first = lossAt(spectra[spectrum], start ** 2);
  const stepsOf = (losses: readonly number[]) => stepsUntil([first, ...losses], 2 * racers.loss, raced.k);
  const expected = [racers.lookahead, racers.alone].map(method =>
    stepsOf(expectedLosses(spectra[spectrum], method, lookahead[0]!.outcome.losses.length)),
  );
  return {
    spectrum,
    rate,
    lookahead,
    alone,
    ratio: medianInterval(
      lookahead.map(({outcome}, i) => stepsOf(outcome.losses) / stepsOf(alone[i]!.outcome.losses)),
    ),
    expected: expected[0]! / expected[1]!,
  };
}

const lossAt = (spectrum: readonly number[], square: number) =>
  spectrum.reduce((sum, a) => sum + (a * square) / 2, 0) / spectrum.length;

/** The expected loss above its least after each k steps. */
export function expectedLosses(spectrum: readonly number[], method: Method, looks: number): number[] {
  let moments = spectrum.map((): Moments => ({mean: start, variance: 0}));
  return Array.from({length: looks}, () => {
    for (let done = 0; done < raced.k; done += method.k)
      moments = moments.map((each, i) => cycle(spectrum[i]!, method, each));
    return (
      spectrum.reduce((sum, a, i) => sum + (a * (moments[i]!.mean ** 2 + moments[i]!.variance)) / 2, 0) /
      spectrum.length
    );
  });
}

/** When a loss falls to a bound, between two looks by its logarithm; infinite where it does not. */
export function stepsUntil(losses: readonly number[], bound: number, every: number): number {
  const at = losses.findIndex(loss => loss <= bound);
  if (at < 1) return at < 0 ? Number.POSITIVE_INFINITY : 0;
  const [before, after] = [Math.log(losses[at - 1]!), Math.log(losses[at]!)];
  return every * (at - 1 + (before - Math.log(bound)) / (before - after));
}

function finding(claim: string, races: readonly Race[]): Finding {
  const each = races.map(
    ({rate, ratio, expected}) => `${shown(ratio, 2)} at γ = ${rate}, by recursion ${expected.toFixed(2)}`,
  );
  return {
    claim,
    verdict: allOf(...races.map(({ratio}) => judge(ratio, 'below', 1))),
    evidence: `Lookahead's steps over SGD's until the loss is twice the one that both settle at: ${each.join('; ')}; criterion: each whole interval below 1`,
  };
}

function bodyOf(races: readonly Race[]): string {
  const rows = races.map(({spectrum, rate, ratio, expected}) => {
    const {lookahead, alone, loss} = racersOf(spectra[spectrum], rate);
    const speed =
      Math.log(slowestFactor(spectra[spectrum], lookahead)) /
      Math.log(slowestFactor(spectra[spectrum], alone));
    return [
      spectrum,
      String(rate),
      alone.learningRate.toFixed(3),
      loss.toPrecision(3),
      shown(ratio, 2),
      expected.toFixed(2),
      speed.toFixed(2),
    ];
  });
  const {length} = spectra['many curvatures'];
  return `## At equal loss

A lower learning rate lowers the variance, too. So Lookahead with the rate γ (k = ${raced.k}, α = ${raced.alpha}) runs against SGD with that rate at which both settle at the same expected loss, from x = ${start}:
on one curvature, a = 1, and on ${length} of them, a = 1, 1/2 … 1/${length}, with noise of variance 1 in each direction. The speed in the last column is the ratio of the logarithms of the factors by which the mean of x
comes nearer in its slowest direction: above 1 Lookahead is faster.

${table(['', "Lookahead's γ", "SGD's rate", 'loss of both', 'steps of Lookahead over those of SGD', 'by recursion', 'speed'], rows)}

![Expected loss above its least, measured, over steps](noisyQuadratic-races.svg)

By the recursion alone, over all rates at which SGD has a fixed point; the two that were run were chosen from it, one on each side of where γ·a = 1:

![Speed of Lookahead over that of SGD at equal loss, against Lookahead's learning rate](noisyQuadratic-speed.svg)

While γ·a is small, Lookahead does in k steps what SGD with the rate α·γ does, in the variance as well: the two are the same to first order. The plot shows what the higher orders make of that. In a spectrum the
noise of the steep directions holds SGD's rate down, and the slow directions pay for it.`;
}

function speedChart() {
  const points = (Object.keys(spectra) as Spectrum[]).flatMap(spectrum =>
    [0.2, 0.5, 0.8].flatMap(alpha =>
      Array.from({length: 38}, (_, i) => 0.05 * (i + 1)).map((rate): Point => {
        const {lookahead, alone} = racersOf(spectra[spectrum], rate, {k: raced.k, alpha});
        const [slow, fast] = [lookahead, alone].map(method => slowestFactor(spectra[spectrum], method));
        const speed = Math.log(slow!) / Math.log(fast!);
        return {series: `α = ${alpha}`, x: rate, median: speed, low: speed, high: speed, panel: spectrum};
      }),
    ),
  );
  return curves({
    x: {title: "Lookahead's rate γ, times the largest curvature"},
    y: {title: 'speed of Lookahead over SGD', domain: [0, 1.5]},
    points,
  });
}

function raceChart(races: readonly Race[]) {
  const points = races.flatMap(({spectrum, rate, lookahead, alone}) =>
    (['Lookahead', 'SGD'] as const).flatMap(series => {
      const runs = series === 'Lookahead' ? lookahead : alone;
      return runs[0]!.outcome.losses.map(
        (_, look): Point => ({
          series,
          x: (look + 1) * raced.k,
          ...medianInterval(runs.map(({outcome}) => outcome.losses[look]!)),
          panel: `${spectrum}, γ = ${rate}`,
        }),
      );
    }),
  );
  return curves({
    x: {title: 'steps'},
    y: {title: 'loss above its least', isLog: true},
    points,
    width: 190,
  });
}
