import * as tf from '@tensorflow/tfjs-core';
import {
  Heun,
  type InjectErrorCode,
  type InjectOptimizer,
  Lookahead,
  type Plugin,
  type Rate,
  RMSprop,
  RungeKutta,
  SGD,
  type Tableau,
} from '../../src/index.js';
import {rmspropOracle} from '../support/adaptiveOracles.js';
import {
  descentOracle,
  heunOracle,
  momentumOracle,
  type Oracle,
  rungeKuttaOracle,
} from '../support/oracles.js';

/** An optimizer with one choice of its options: what the battery of this folder needs to know of it. */
export interface OptimizerEntry {
  readonly name: string;
  make(learningRate?: Rate): InjectOptimizer;
  /** The same in double precision, from the formula. */
  oracle(learningRate: number): Oracle;
  readonly phases: number;
  /** Slots on the device after a step. */
  readonly slots: readonly string[];
  /** Whether a step depends on the steps before by more than the weights. */
  readonly remembers: boolean;
  /** Differs from another entry in numbers alone: left out where every kind of model is trained. */
  readonly isVariant?: boolean;
  /** One learning rate for all problems, where a step does not grow with the gradient; else each problem's own. */
  readonly rate?: number;
  /** The file of test/golden that has this entry's name. */
  readonly golden?: string;
  /** Other optimizers that must give the same weights, bit for bit. */
  readonly sameAs?: readonly {readonly name: string; make(learningRate: number): tf.Optimizer}[];
}

/** Options that must be refused. */
export interface RefusedOptions {
  readonly owner: string;
  make(options: never): unknown;
  readonly refused: readonly {
    readonly options: unknown;
    readonly code: InjectErrorCode;
    readonly says: string;
  }[];
}

/** A plugin with one choice of its options. */
export interface PluginEntry {
  readonly name: string;
  make(): Plugin & {inject: Lookahead['inject']};
  /** Tensors per weight while it is in use. */
  readonly slots: number;
  /** As for optimizers: then it is tried around one optimizer only. */
  readonly isVariant?: boolean;
}

/** Kutta's third-order method: a user's own tableau. */
export const kutta: Tableau = {a: [[], [1 / 2], [-1, 2]], b: [1 / 6, 2 / 3, 1 / 6]};

const midpoint: Tableau = {a: [[], [1 / 2]], b: [0, 1]};
const ralston: Tableau = {a: [[], [2 / 3]], b: [1 / 4, 3 / 4]};
const rk4: Tableau = {a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6]};
const euler: Tableau = {a: [[]], b: [1]};

function rungeKutta(name: string, tableau: 'midpoint' | 'ralston' | 'rk4' | Tableau, formula: Tableau) {
  const stages = formula.b.length;
  const entry: OptimizerEntry = {
    name,
    make: learningRate => new RungeKutta({tableau, learningRate}),
    oracle: learningRate => rungeKuttaOracle(learningRate, formula),
    phases: stages,
    slots: ['start', ...Array.from({length: stages - 1}, (_, i) => `gradient${i + 1}`)],
    remembers: false,
    isVariant: tableau !== 'rk4',
  };
  return entry;
}

/** One optimizer with the options of several libraries, by entry: the first with its defaults, and the slots of each. */
function dialects<O extends object>(
  Optimizer: new (options: O & {learningRate?: Rate}) => InjectOptimizer,
  oracle: (learningRate: number, options: O) => Oracle,
  {rate, golden}: {rate?: number; golden: string},
  entries: Record<string, readonly [options: O, ...slots: string[]]>,
): OptimizerEntry[] {
  return Object.entries(entries).map(([name, [options, ...slots]], i) => ({
    name,
    make: learningRate => new Optimizer({...options, ...(learningRate !== undefined && {learningRate})}),
    oracle: learningRate => oracle(learningRate, options),
    phases: 1,
    slots,
    remembers: true,
    isVariant: i > 0,
    ...(rate !== undefined && {rate}),
    golden,
  }));
}

export const optimizers: readonly OptimizerEntry[] = [
  {
    name: 'SGD',
    make: learningRate => new SGD({learningRate}),
    oracle: descentOracle,
    phases: 1,
    slots: [],
    remembers: false,
    golden: 'sgd.json',
    sameAs: [
      {name: 'tf.train.sgd', make: rate => tf.train.sgd(rate)},
      {name: 'RungeKutta of one stage', make: learningRate => new RungeKutta({learningRate, tableau: euler})},
    ],
  },
  {
    name: 'SGD with momentum',
    make: learningRate => new SGD({learningRate, momentum: 0.9}),
    oracle: rate => momentumOracle(rate, 0.9, false),
    phases: 1,
    slots: ['velocity'],
    remembers: true,
    golden: 'sgd.json',
    sameAs: [{name: 'tf.train.momentum', make: rate => tf.train.momentum(rate, 0.9)}],
  },
  {
    name: "SGD with Nesterov's momentum",
    make: learningRate => new SGD({learningRate, momentum: 0.9, nesterov: true}),
    oracle: rate => momentumOracle(rate, 0.9, true),
    phases: 1,
    slots: ['velocity'],
    remembers: true,
    golden: 'sgd.json',
    sameAs: [{name: "tf.train.momentum with Nesterov's", make: rate => tf.train.momentum(rate, 0.9, true)}],
  },
  {
    name: 'Heun',
    make: learningRate => new Heun({learningRate}),
    oracle: heunOracle,
    phases: 2,
    slots: ['firstGradient'],
    remembers: false,
  },
  ...dialects(
    RMSprop,
    rmspropOracle,
    {rate: 0.01, golden: 'rmsprop.json'},
    {
      RMSprop: [{}, 'meanSquare'],
      'RMSprop, centered, with momentum and decay': [
        {centered: true, momentum: 0.9, weightDecay: 0.1},
        ...['meanSquare', 'mean', 'velocity'],
      ],
      'RMSprop as optax': [{rho: 0.9, epsilonInside: true}, 'meanSquare'],
      'RMSprop as optax, centered, with momentum': [
        {rho: 0.9, epsilonInside: true, centered: true, momentum: 0.9},
        ...['meanSquare', 'mean', 'velocity'],
      ],
    },
  ),
  rungeKutta('RungeKutta midpoint', 'midpoint', midpoint),
  rungeKutta('RungeKutta ralston', 'ralston', ralston),
  rungeKutta('RungeKutta rk4', 'rk4', rk4),
  rungeKutta("RungeKutta by a user's own tableau", kutta, kutta),
];

export const plugins: readonly PluginEntry[] = [
  {name: 'Lookahead', make: () => new Lookahead({k: 3, alpha: 0.5}), slots: 1},
  {
    name: 'Lookahead by schedules',
    make: () => new Lookahead({k: syncs => (syncs < 1 ? 2 : 3), alpha: syncs => 0.9 / (syncs + 1)}),
    slots: 1,
    isVariant: true,
  },
];

/** What every learning rate refuses. */
const refusedRates = [-1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', null].map(learningRate => ({
  options: {learningRate},
  code: 'INVALID_OPTION' as const,
  says: 'learningRate',
}));
const refusedAnywhere = [
  ...refusedRates,
  {options: {learningrate: 0.1}, code: 'UNKNOWN_OPTION' as const, says: "'learningrate'"},
  {options: 0.1, code: 'INVALID_OPTION' as const, says: '({learningRate: 0.1}); received 0.1'},
];
const refuse = (says: string, ...values: object[]) =>
  values.map(options => ({options, code: 'INVALID_OPTION' as const, says}));

export const refusals: readonly RefusedOptions[] = [
  {
    owner: 'SGD',
    make: options => new SGD(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1}, {momentum: '0.9'}, {nesterov: true}),
      ...refuse('nesterov', {nesterov: 1, momentum: 0.9}),
    ],
  },
  {owner: 'Heun', make: options => new Heun(options), refused: refusedAnywhere},
  {
    owner: 'RMSprop',
    make: options => new RMSprop(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('rho of', {rho: -0.1}, {rho: 1}, {rho: '0.9'}),
      ...refuse('decay of', {decay: 0.1}),
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1}),
      ...refuse('epsilon of', {epsilon: -1e-8}, {epsilon: Number.NaN}),
      ...refuse('weightDecay', {weightDecay: -0.1}, {weightDecay: Number.POSITIVE_INFINITY}),
      ...['centered', 'epsilonInside', 'rateInVelocity'].flatMap(name => refuse(name, {[name]: 1})),
    ],
  },
  {
    owner: 'RungeKutta',
    make: options => new RungeKutta(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('tableau', {tableau: 'rk5'}, {tableau: 'toString'}, {tableau: {a: [[]]}}, {tableau: null}),
      ...refuse('one row of a', {tableau: {a: [], b: []}}, {tableau: {a: [[]], b: [0.5, 0.5]}}),
      ...refuse('explicit', {tableau: {a: [[0.5]], b: [1]}}, {tableau: {a: [[], []], b: [0.5, 0.5]}}),
      ...refuse('sum to 1', {tableau: {a: [[], [1]], b: [0.5, 0.4]}}),
      ...refuse('tableau', {tableau: {a: [[], [Number.NaN]], b: [0.5, 0.5]}}),
    ],
  },
  {
    owner: 'Lookahead',
    make: options => new Lookahead(options),
    refused: [
      ...refuse('k of Lookahead', {k: 0}, {k: 2.5}, {k: '5'}, {k: Number.POSITIVE_INFINITY}),
      ...refuse('alpha of Lookahead', {alpha: -0.1}, {alpha: 1.1}, {alpha: Number.NaN}, {alpha: '1'}),
      ...refuse('evaluateOn of Lookahead', {evaluateOn: 'both'}),
      {options: {K: 5}, code: 'UNKNOWN_OPTION', says: "'K'"},
      {options: 5, code: 'INVALID_OPTION', says: 'new Lookahead('},
    ],
  },
];
