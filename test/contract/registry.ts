import * as tf from '@tensorflow/tfjs-core';
import {
  AdaBelief,
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Adan,
  AdEMAMix,
  ExtraGradient,
  Heun,
  type InjectOptimizer,
  LAMB,
  LARS,
  LBFGS,
  Lion,
  Muon,
  type MuonOptions,
  NAdam,
  OptimisticAdam,
  Partitions,
  Prodigy,
  RAdam,
  Ranger,
  type Rate,
  RMSprop,
  Rprop,
  RungeKutta,
  ScheduleFreeAdamW,
  ScheduleFreeSGD,
  SGD,
  type Tableau,
  type Weight,
} from '../../src/index.js';
import {isHiddenMatrix} from '../../src/optimizers/shared/hiddenMatrix.js';
import {adamaxOracle, adamOracle, adamWOracle, nadamOracle, radamOracle} from '../support/adamOracles.js';
import {
  adaBeliefOracle,
  adadeltaOracle,
  adagradOracle,
  adanOracle,
  lionOracle,
  rmspropOracle,
  rpropOracle,
} from '../support/adaptiveOracles.js';
import {adEMAMixOracle} from '../support/adEMAMixOracle.js';
import {extraGradientOracle, optimisticAdamOracle} from '../support/gameOracles.js';
import {adafactorOracle, lambOracle, larsOracle} from '../support/layerwiseOracles.js';
import {lbfgsOracle} from '../support/lbfgsOracle.js';
import {muonOracle} from '../support/muonOracle.js';
import {
  descentOracle,
  heunOracle,
  momentumOfStepsOracle,
  momentumOracle,
  type Oracle,
  plus,
  rungeKuttaOracle,
} from '../support/oracles.js';
import {prodigyOracle} from '../support/prodigyOracle.js';
import {rangerOracle} from '../support/rangerOracle.js';
import {scheduleFreeAdamWOracle, scheduleFreeSGDOracle} from '../support/scheduleFreeOracle.js';

/** An optimizer with one choice of its options: what the battery of this folder needs to know of it. */
export interface OptimizerEntry {
  readonly name: string;
  make(learningRate?: Rate): InjectOptimizer;
  /** The same in double precision, from the formula; `shapes` are those of the weights, vectors where none are given. */
  oracle(learningRate: number, shapes?: readonly (readonly number[])[]): Oracle;
  readonly phases: number;
  /** Slots on the device after a step. */
  readonly slots: readonly string[];
  /** Those of one weight, where not every weight has them all. */
  slotsOf?(weight: Weight): readonly string[];
  /** Whether a step depends on the steps before by more than the weights. */
  readonly remembers: boolean;
  /** Differs from another entry in numbers alone: left out where every kind of model is trained. */
  readonly isVariant?: boolean;
  /** One learning rate for all problems, where a step does not grow with the gradient; else each problem's own. */
  readonly rate?: number;
  /** Whether a sync moves the weights at a learning rate of 0, too. */
  readonly hasSlowWeights?: boolean;
  /** The file of test/golden that has this entry's name. */
  readonly golden?: string;
  /** What the golden's source itself rounds in double precision, where that is more than 1e-12. */
  readonly sourceRounding?: number;
  /**
   * Steps over which readings are compared on a problem, in double precision and on tensors, where the method itself
   * makes rounding grow: 0 where one step is too many. Default 60.
   */
  comparable?(problem: string): {readonly double: number; readonly single: number};
  /** Other optimizers that must give the same weights, bit for bit. */
  readonly sameAs?: readonly {readonly name: string; make(learningRate: number): tf.Optimizer}[];
}

/** Steps of each reading of an optimizer that are compared. */
export const comparable = (entry: OptimizerEntry, problem: string) =>
  entry.comparable?.(problem) ?? {double: 60, single: 60};

/** How many slots an optimizer has for these weights. */
export function slotCount({slots, slotsOf}: OptimizerEntry, weights: readonly Weight[]): number {
  return weights.reduce((sum, weight) => sum + (slotsOf?.(weight) ?? slots).length, 0);
}

/** Kutta's third-order method: a user's own tableau. */
export const kutta: Tableau = {a: [[], [1 / 2], [-1, 2]], b: [1 / 6, 2 / 3, 1 / 6]};

const midpoint: Tableau = {a: [[], [1 / 2]], b: [0, 1]};
const ralston: Tableau = {a: [[], [2 / 3]], b: [1 / 4, 3 / 4]};
const rk4: Tableau = {a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6]};
const euler: Tableau = {a: [[]], b: [1]};

/** AdamW's rate goes with Muon's here, so that the battery's one rate is that of all weights. */
function muon(name: string, options: MuonOptions): OptimizerEntry {
  return {
    name,
    make: learningRate =>
      new Muon({
        ...options,
        ...(learningRate !== undefined && {learningRate, adamW: {...options.adamW, learningRate}}),
      }),
    oracle: (rate, shapes) => muonOracle(rate, options, shapes),
    phases: 1,
    slots: ['momentum', 'm', 'v'],
    slotsOf: weight => (isHiddenMatrix(weight) ? ['momentum'] : ['m', 'v']),
    remembers: true,
    isVariant: name !== 'Muon',
    rate: 2 ** -5,
    golden: 'muon.json',
  };
}

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
  oracle: (learningRate: number, options: O, shapes?: readonly (readonly number[])[]) => Oracle,
  {rate, ...rest}: {rate?: number; golden: string; hasSlowWeights?: boolean},
  entries: Record<string, readonly [options: O, ...slots: string[]]>,
): OptimizerEntry[] {
  return Object.entries(entries).map(([name, [options, ...slots]], i) => ({
    name,
    make: learningRate => new Optimizer({...options, ...(learningRate !== undefined && {learningRate})}),
    oracle: (learningRate, shapes) => oracle(learningRate, options, shapes),
    phases: 1,
    slots,
    remembers: true,
    isVariant: i > 0,
    ...(rate !== undefined && {rate}),
    ...rest,
  }));
}

const ofProdigy = ['m', 'v', 's', 'start', 'remainder', 'd', 'dMax', 'numerator'];

/** Settings that float32 holds exactly: Keras rounds some of its own. */
const asKeras = {beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -10, epsilonOn: 'uncorrected'} as const;

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
    name: "SGD with L2 decay and Nesterov's momentum",
    make: learningRate => new SGD({learningRate, momentum: 0.9, nesterov: true, weightDecay: 0.1}),
    oracle: rate => {
      const step = momentumOracle(rate, 0.9, true);
      return (weights, gradient) => step(weights, at => plus(gradient(at), 0.1, at));
    },
    phases: 1,
    slots: ['velocity'],
    remembers: true,
    isVariant: true,
    golden: 'sgd.json',
  },
  {
    name: "SGD as Keras, with Nesterov's momentum",
    make: learningRate => new SGD({learningRate, momentum: 0.875, nesterov: true, rateInVelocity: true}),
    oracle: rate => momentumOfStepsOracle(rate, 0.875, true),
    phases: 1,
    slots: ['velocity'],
    remembers: true,
    isVariant: true,
    golden: 'sgd.json',
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
    Adagrad,
    adagradOracle,
    {rate: 0.1, golden: 'adagrad.json'},
    {
      Adagrad: [{}, 'sumOfSquares'],
      'Adagrad with decay': [{weightDecay: 0.1}, 'sumOfSquares'],
      'Adagrad as optax': [{initialAccumulator: 0.1, epsilon: 1e-7, epsilonInside: true}, 'sumOfSquares'],
    },
  ),
  ...dialects(
    Adadelta,
    adadeltaOracle,
    {rate: 4, golden: 'adadelta.json'},
    {
      Adadelta: [{}, 'meanSquare', 'meanSquareStep'],
      'Adadelta with decay': [{weightDecay: 0.1}, 'meanSquare', 'meanSquareStep'],
      'Adadelta as Keras': [{rho: 0.95, epsilon: 1e-7}, 'meanSquare', 'meanSquareStep'],
    },
  ),
  // What the search decides by is a difference of two losses, and what it knows of the Hessian are differences of
  // gradients: rounding grows tenfold within a few iterations, in torch as well.
  ...[
    {
      name: 'LBFGS',
      options: {},
      comparable: (problem: string) => ({
        double: {'a logistic regression': 0, 'a tanh regression with two matrices': 1}[problem] ?? 60,
        single: problem === 'a quadratic of condition number 1,000' ? 1 : 0,
      }),
    },
    {
      name: 'LBFGS of one iteration',
      options: {maxIterations: 1, maxEvaluations: 25},
      comparable: () => ({double: 14, single: 5}),
    },
    {
      name: 'LBFGS of four iterations and three pairs',
      options: {maxIterations: 4, historySize: 3},
      comparable: () => ({double: 2, single: 1}),
    },
    {
      name: 'LBFGS without a line search',
      options: {maxIterations: 1, lineSearch: 'none'} as const,
      // Where the Hessian of the gradient flow is not positive, only a search keeps to the way down.
      comparable: (problem: string) => ({
        double: problem === 'a nonlinear gradient flow' ? 3 : 14,
        single: 5,
      }),
    },
  ].map(
    ({name, options, comparable}, i): OptimizerEntry => ({
      name,
      make: learningRate => new LBFGS({...options, ...(learningRate !== undefined && {learningRate})}),
      oracle: learningRate => lbfgsOracle(learningRate, options),
      phases: 1,
      slots: ['steps', 'differences'],
      remembers: true,
      isVariant: i > 0,
      rate: 1,
      golden: 'lbfgs.json',
      comparable,
    }),
  ),
  // At these rates no sign of Lion or Rprop sits on rounding in 60 steps of a problem: what it is taken of is never
  // below 1e-5 of the largest gradient so far.
  ...dialects(
    Lion,
    lionOracle,
    {rate: 0.01, golden: 'lion.json'},
    {Lion: [{}, 'm'], 'Lion with decay': [{weightDecay: 0.1}, 'm']},
  ),
  ...dialects(
    AdaBelief,
    adaBeliefOracle,
    {rate: 0.02, golden: 'adaBelief.json'},
    {AdaBelief: [{}, 'm', 's']},
  ),
  // Its first steps are those of momentum, for which the problems' own rates are.
  ...dialects(
    AdaBelief,
    adaBeliefOracle,
    {golden: 'adaBelief.json'},
    {
      "AdaBelief as its authors' code, with decay": [{rectify: true, weightDecay: 0.1}, 'm', 's'],
    },
  ),
  ...dialects(
    Adan,
    adanOracle,
    {rate: 0.02, golden: 'adan.json'},
    {
      Adan: [{}, 'm', 'v', 'n', 'lastGradient'],
      'Adan with decay': [{weightDecay: 0.1}, 'm', 'v', 'n', 'lastGradient'],
      'Adan as optax, with decay': [
        {differenceFactor: '1 - beta2', epsilonRoot: 1e-8, weightDecay: 0.1, decay: 'decoupled'},
        ...['m', 'v', 'n', 'lastGradient'],
      ],
    },
  ),
  // Where m₂ counts eightfold, steps are up to nine times Adam's: at 2⁻⁴ they enlarge float32's rounding five times as much.
  ...dialects(
    AdEMAMix,
    adEMAMixOracle,
    {rate: 2 ** -5, golden: 'adEMAMix.json'},
    {
      AdEMAMix: [{}, 'm1', 'm2', 'nu'],
      'AdEMAMix with warm-ups and decay': [
        {beta3: 0.99, alpha: 8, alphaWarmupSteps: 40, beta3WarmupSteps: 40, weightDecay: 0.1},
        ...['m1', 'm2', 'nu'],
      ],
      'AdEMAMix with two different warm-ups': [
        {beta3: 0.99, alphaWarmupSteps: 20, beta3WarmupSteps: 30, epsilon: 1e-3, epsilonRoot: 1e-6},
        ...['m1', 'm2', 'nu'],
      ],
      'AdEMAMix as pytorch_optimizer, with decay': [
        {epsilon: 1e-3, weightDecay: 0.1, decay: 'l2'},
        ...['m1', 'm2', 'nu'],
      ],
      'AdEMAMix with independent decay': [
        {epsilon: 1e-3, weightDecay: 2 ** -5, decay: 'independent'},
        ...['m1', 'm2', 'nu'],
      ],
    },
  ),
  ...dialects(
    LAMB,
    lambOracle,
    {rate: 2 ** -6, golden: 'lamb.json'},
    {
      LAMB: [{}, 'm', 'v'],
      'LAMB with decay': [{weightDecay: 0.1}, 'm', 'v'],
      'LAMB as Keras, with decay': [
        {beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -10, weightDecay: 0.25, decay: 'decoupled'},
        ...['m', 'v'],
      ],
      'LAMB of uncorrected moments, with bounded norms': [
        {biasCorrection: false, maxWeightNorm: 2, epsilon: 0, weightDecay: 0.1, decay: 'decoupled'},
        ...['m', 'v'],
      ],
    },
  ),
  ...dialects(
    LARS,
    larsOracle,
    {rate: 2, golden: 'lars.json'},
    {
      LARS: [{}, 'velocity'],
      'LARS with Nesterov and decay': [
        {nesterov: true, weightDecay: 0.1, trustCoefficient: 0.002, epsilon: 0.01},
        'velocity',
      ],
    },
  ),
  // Where vectors are skipped they descend by each problem's own rate.
  ...dialects(
    LARS,
    larsOracle,
    {golden: 'lars.json'},
    {
      'LARS of the norms of gradient and weight, without vectors': [
        {
          denominator: 'norms',
          skipVectors: true,
          rateInVelocity: false,
          trustCoefficient: 0.1,
          weightDecay: 0.1,
        },
        'velocity',
      ],
    },
  ).map(entry => ({...entry, isVariant: true})),
  // Where a weight changes its sign, its own size multiplies the step: at many rates 60 steps enlarge an error of rounding
  // a million times and more, at these less than 100 times. At 0.25, from step 17 the rate is 1/√t.
  ...dialects(
    Adafactor,
    adafactorOracle,
    {rate: 2 ** -6, golden: 'adafactor.json'},
    {
      Adafactor: [{}, 'rows', 'columns'],
      'Adafactor as Keras, factored': [
        {factoredAxes: 'last', minDimSizeToFactor: 1, decayRate: 0.75},
        'rows',
        'columns',
      ],
      'Adafactor as optax, factored, of absolute steps without clipping': [
        {
          relativeStep: false,
          minDimSizeToFactor: 2,
          multiplyByParameterScale: false,
          clippingThreshold: 'none',
        },
        ...['rows', 'columns'],
      ],
    },
  ),
  ...dialects(
    Adafactor,
    adafactorOracle,
    {rate: 2 ** -5, golden: 'adafactor.json'},
    {
      'Adafactor as optax, factored, with momentum and decay': [
        {relativeStep: false, minDimSizeToFactor: 2, beta1: 0.9, weightDecay: 0.01, decay: 'independent'},
        ...['rows', 'columns', 'm'],
      ],
    },
  ).map(entry => ({...entry, isVariant: true})),
  ...dialects(
    Adafactor,
    adafactorOracle,
    {rate: 0.25, golden: 'adafactor.json'},
    {
      'Adafactor as torch, factored, with decay': [
        {
          factoredAxes: 'last',
          minDimSizeToFactor: 1,
          epsilonOn: 'estimate',
          epsilon1: 0.1,
          weightDecay: 0.1,
        },
        ...['rows', 'columns'],
      ],
    },
  ).map(entry => ({...entry, isVariant: true})),
  ...dialects(
    Rprop,
    rpropOracle,
    {rate: 0.01, golden: 'rprop.json'},
    {
      Rprop: [{}, 'stepFactor', 'direction'],
      'Rprop within narrow bounds': [{minStepSize: 0.006, maxStepSize: 0.03}, 'stepFactor', 'direction'],
    },
  ),
  ...dialects(
    Adam,
    adamOracle,
    {rate: 2 ** -4, golden: 'adam.json'},
    {
      Adam: [{}, 'm', 'v'],
      'Adam with AMSGrad and decay': [
        {amsgrad: true, epsilon: 1e-3, weightDecay: 0.1},
        ...['m', 'v', 'vMax'],
      ],
      'Adam as optax, with AMSGrad': [
        {amsgrad: true, amsgradOn: 'corrected', epsilon: 1e-3},
        ...['m', 'v', 'vMax'],
      ],
      'Adam as Keras': [asKeras, 'm', 'v'],
      'Adam as Keras, with AMSGrad': [{...asKeras, amsgrad: true}, 'm', 'v', 'vMax'],
    },
  ),
  ...dialects(
    AdamW,
    adamWOracle,
    {rate: 2 ** -4, golden: 'adamW.json'},
    {
      AdamW: [{}, 'm', 'v'],
      'AdamW with AMSGrad': [{amsgrad: true, epsilon: 1e-3, weightDecay: 0.1}, 'm', 'v', 'vMax'],
      'AdamW as optax': [{epsilon: 1e-3, weightDecay: 0.1}, 'm', 'v'],
      'AdamW as Keras': [{...asKeras, weightDecay: 0.25}, 'm', 'v'],
      'AdamW with independent decay': [
        {...asKeras, weightDecay: 2 ** -5, decay: 'independent'},
        ...['m', 'v'],
      ],
    },
  ),
  ...dialects(
    Adamax,
    adamaxOracle,
    {rate: 2 ** -4, golden: 'adamax.json'},
    {
      Adamax: [{}, 'm', 'u'],
      'Adamax with decay': [{epsilon: 0.1, weightDecay: 0.1}, 'm', 'u'],
      'Adamax as Keras': [
        {beta1: 0.875, beta2: 0.96875, epsilon: 2 ** -4, epsilonOn: 'maximum'},
        ...['m', 'u'],
      ],
    },
  ),
  ...dialects(
    NAdam,
    nadamOracle,
    {rate: 2 ** -4, golden: 'nadam.json'},
    {
      NAdam: [{}, 'm', 'v'],
      'NAdam with decay': [
        {epsilon: 1e-3, momentumDecay: 0.1, weightDecay: 0.1, decay: 'decoupled'},
        ...['m', 'v'],
      ],
      'NAdam as Keras': [
        {beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -10, momentumDecay: 1},
        ...['m', 'v'],
      ],
      'NAdam as optax': [{epsilon: 1e-3, momentumDecay: 'none'}, 'm', 'v'],
    },
  ),
  // Steps of momentum grow with the gradient: each problem's own rate.
  ...dialects(
    RAdam,
    radamOracle,
    {golden: 'radam.json'},
    {
      RAdam: [{}, 'm', 'v'],
      'RAdam at β₂ = 0.9999, with decay': [{beta2: 0.9999, epsilon: 1e-3, weightDecay: 0.1}, 'm', 'v'],
      'RAdam as optax': [{beta2: 0.99, epsilon: 0.01, epsilonOn: 'corrected'}, 'm', 'v'],
      "RAdam with the paper's threshold": [{beta2: 0.99, threshold: 4, epsilonOn: 'corrected'}, 'm', 'v'],
    },
  ),
  ...dialects(
    RAdam,
    radamOracle,
    {rate: 2 ** -4, golden: 'radam.json'},
    {
      'RAdam as its authors': [
        {beta2: 0.99, epsilon: 0.01, weightDecay: 0.1, decay: 'decoupled', unrectified: 'skip'},
        ...['m', 'v'],
      ],
    },
  ).map(entry => ({...entry, isVariant: true})),
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
  ...dialects(
    Ranger,
    rangerOracle,
    {golden: 'ranger.json', hasSlowWeights: true},
    {
      // A problem's vectors are columns on tensors, which centralization would take for matrices.
      Ranger: [{centralize: false}, 'm', 'v', 'slow'],
      'Ranger with decay, k 5 and alpha 0.8': [
        {centralize: false, weightDecay: 0.1, k: 5, alpha: 0.8},
        ...['m', 'v', 'slow'],
      ],
    },
  ),
  muon('Muon', {}),
  muon('Muon as torch, with decay', {
    adjustLearningRate: 'match_rms_adamw',
    epsilonOn: 'maximum',
    weightDecay: 0.1,
    adamW: {beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01},
  }),
  muon('Muon as torch, without Nesterov', {
    adjustLearningRate: 'spectral_unclamped',
    epsilonOn: 'maximum',
    nesterov: false,
    adamW: {beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01},
  }),
  muon('Muon as optax', {
    correctBias: true,
    epsilon: 1e-8,
    weightDecay: 0.1,
    adamW: {beta2: 0.999, epsilon: 1e-8},
  }),
  ...dialects(
    OptimisticAdam,
    optimisticAdamOracle,
    {rate: 2 ** -5, golden: 'optimisticAdam.json'},
    {
      OptimisticAdam: [{}, 'm', 'v', 'lastDirection'],
      'OptimisticAdam of much optimism': [
        {optimism: 4, epsilon: 1e-3, epsilonRoot: 1e-6},
        ...['m', 'v', 'lastDirection'],
      ],
      'OptimisticAdam without Nesterov': [{nesterov: false}, 'm', 'v', 'lastDirection'],
    },
  ),
  ...dialects(
    ExtraGradient,
    extraGradientOracle,
    {golden: 'extraGradient.json'},
    {ExtraGradient: [{}, 'start']},
  ).map(entry => ({...entry, phases: 2, remembers: false})),
  ...dialects(
    ExtraGradient,
    extraGradientOracle,
    {rate: 2 ** -5, golden: 'extraGradient.json'},
    {'ExtraGradient as ExtraAdam': [{base: 'adam', epsilon: 1e-3}, 'start', 'm', 'v']},
  ).map(entry => ({...entry, phases: 2, isVariant: true})),
  {
    name: 'Partitions',
    make: (learningRate = 0.01) =>
      new Partitions({
        optimizer: new SGD({learningRate, momentum: 0.9}),
        partitions: [{weights: /./, learningRateFactor: 0.5}],
      }),
    oracle: rate => momentumOracle(rate / 2, 0.9, false),
    phases: 1,
    slots: ['velocity'],
    remembers: true,
  },
  {
    name: 'Partitions by another optimizer',
    make: (learningRate = 0.01) =>
      new Partitions({
        optimizer: new SGD({learningRate}),
        partitions: [{weights: /./, optimizer: new Adam({learningRate})}],
      }),
    oracle: rate => adamOracle(rate, {}),
    phases: 1,
    slots: ['m', 'v'],
    remembers: true,
    isVariant: true,
    rate: 2 ** -4,
    sameAs: [{name: 'Adam alone', make: learningRate => new Adam({learningRate})}],
  },
  ...dialects(
    ScheduleFreeAdamW,
    scheduleFreeAdamWOracle,
    {rate: 2 ** -4, golden: 'scheduleFree.json'},
    {
      ScheduleFreeAdamW: [{}, 'z', 'v'],
      'ScheduleFreeAdamW with decay and warm-up': [{weightDecay: 0.1, warmupSteps: 20}, 'z', 'v'],
      'ScheduleFreeAdamW with weights of its own': [
        {beta1: 0.95, epsilon: 1e-3, warmupSteps: 20, r: 1, weightLrPower: 1},
        ...['z', 'v'],
      ],
      'ScheduleFreeAdamW as Keras weighs its average': [{warmupSteps: 20, weightLrPower: 0}, 'z', 'v'],
    },
  ),
  ...dialects(
    ScheduleFreeSGD,
    scheduleFreeSGDOracle,
    {golden: 'scheduleFree.json'},
    {
      ScheduleFreeSGD: [{}, 'z'],
      'ScheduleFreeSGD with decay and warm-up': [{weightDecay: 0.1, warmupSteps: 20}, 'z'],
      'ScheduleFreeSGD with weights of its own': [
        {momentum: 0.95, warmupSteps: 20, r: 1, weightLrPower: 1},
        'z',
      ],
    },
  ),
  // At these rates Prodigy's estimate does not multiply float32's rounding by more than 100 in 60 steps.
  ...dialects(
    Prodigy,
    prodigyOracle,
    {rate: 0.125, golden: 'prodigy.json'},
    {Prodigy: [{}, ...ofProdigy]},
  ).map(
    // Its source knows a first θ₀ − θ of 1e-6 to ten digits: 2.7e-10. Without the remainder we equal it to 1e-14.
    entry => ({...entry, sourceRounding: 1e-9}),
  ),
  ...dialects(
    Prodigy,
    prodigyOracle,
    {rate: 1, golden: 'prodigy.json'},
    {
      'Prodigy from a larger d0': [{d0: 0.001}, ...ofProdigy],
      'Prodigy with decay, bias correction, a safeguard and slow growth': [
        {d0: 0.001, weightDecay: 0.1, useBiasCorrection: true, safeguardWarmup: true, growthRate: 1.25},
        ...ofProdigy,
      ],
    },
  ).map(entry => ({...entry, isVariant: true})),
  ...dialects(
    Prodigy,
    prodigyOracle,
    {rate: 0.5, golden: 'prodigy.json'},
    {
      'Prodigy with L2 decay': [
        {d0: 0.01, weightDecay: 0.1, decay: 'l2', beta3: 0.9, dCoef: 0.5},
        ...ofProdigy,
      ],
      'Prodigy as optax, with decay': [
        {d0: 0.01, dCoef: 0.5, weightDecay: 0.1, useBiasCorrection: true},
        ...ofProdigy,
      ],
      'Prodigy without momentum': [{d0: 0.01, beta1: 0}, ...ofProdigy],
    },
  ).map(entry => ({...entry, isVariant: true})),
  rungeKutta('RungeKutta midpoint', 'midpoint', midpoint),
  rungeKutta('RungeKutta ralston', 'ralston', ralston),
  rungeKutta('RungeKutta rk4', 'rk4', rk4),
  rungeKutta("RungeKutta by a user's own tableau", kutta, kutta),
];
