import {type Effort, seedsOf} from '../../experiment.js';
import {type Method, rateOfLoss, steadyLoss} from './fixedPoint.js';
import type {Simulation} from './simulate.js';

/** Where the variance of the fixed point is measured, of SGD and of Lookahead around it. */
const learningRate = 1;
export const curvatures = [0.1, 0.2, 0.5, 1, 1.5, 1.8];
export const sgd: Method = {learningRate, k: 1, alpha: 1};
export const lookaheads: readonly Method[] = [
  {learningRate, k: 5, alpha: 0.5},
  {learningRate, k: 5, alpha: 0.8},
  {learningRate, k: 10, alpha: 0.2},
  {learningRate, k: 20, alpha: 0.5},
];

/** Where Lookahead runs against SGD with that lower rate at which both settle at the same loss. */
export const spectra = {
  'one curvature': [1],
  'many curvatures': Array.from({length: 10}, (_, i) => 1 / (i + 1)),
} as const satisfies Record<string, readonly number[]>;
export const raced = {k: 5, alpha: 0.5};
/** Below and above the inverse of the largest curvature, 1, from which on fast weights jump over the minimum. */
export const racedRates = [0.4, 1.6];

/** x at the beginning of a race. */
export const start = 10;

export type Setting = {readonly seed: number} & (
  | {readonly kind: 'fixed point'; readonly method: Method}
  | {
      readonly kind: 'race';
      readonly spectrum: keyof typeof spectra;
      readonly rate: number;
      readonly isLookahead: boolean;
    }
);

export function settingsOf(effort: Effort): Setting[] {
  const seeds = seedsOf(effort);
  return [
    ...[sgd, ...lookaheads].flatMap(method =>
      seeds.map(seed => ({seed, kind: 'fixed point' as const, method})),
    ),
    ...(Object.keys(spectra) as (keyof typeof spectra)[]).flatMap(spectrum =>
      racedRates.flatMap(rate =>
        [true, false].flatMap(isLookahead =>
          seeds.map(seed => ({seed, kind: 'race' as const, spectrum, rate, isLookahead})),
        ),
      ),
    ),
  ];
}

/** The two that settle at the same loss, and that loss. */
export function racersOf(spectrum: readonly number[], rate: number, {k, alpha} = raced) {
  const lookahead: Method = {learningRate: rate, k, alpha};
  const loss = steadyLoss(spectrum, lookahead);
  const alone: Method = {learningRate: rateOfLoss(spectrum, {k: 1, alpha: 1}, loss), k: 1, alpha: 1};
  return {lookahead, alone, loss};
}

export function simulationOf(setting: Setting, {isQuick}: Effort): Simulation {
  if (setting.kind === 'fixed point') {
    const shared = {spectrum: curvatures, start: 0, every: 20, from: 140, steps: 280};
    return {...setting, ...shared, copies: isQuick ? 100 : 5_000};
  }
  const spectrum = spectra[setting.spectrum];
  const {lookahead, alone} = racersOf(spectrum, setting.rate);
  const shared = {seed: setting.seed, spectrum, start, every: raced.k, from: 0};
  return {
    ...shared,
    method: setting.isLookahead ? lookahead : alone,
    copies: (isQuick ? 1_000 : 6_000) / spectrum.length,
    steps: spectrum.length === 1 ? 60 : 240,
  };
}
