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
  type InjectErrorCode,
  LAMB,
  LARS,
  LBFGS,
  Lion,
  Muon,
  NAdam,
  OptimisticAdam,
  Partitions,
  Prodigy,
  RAdam,
  Ranger,
  RMSprop,
  Rprop,
  RungeKutta,
  ScheduleFreeAdamW,
  ScheduleFreeSGD,
  SGD,
} from '../../src/index.js';

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
export const refuse = (says: string, ...values: object[]) =>
  values.map(options => ({options, code: 'INVALID_OPTION' as const, says}));
const refusedDecay = [
  ...refuse('weightDecay', {weightDecay: -0.1}, {weightDecay: Number.POSITIVE_INFINITY}),
  ...refuse('decay of', {decay: 0.1}, {decay: 'l1'}),
];

/** What Adam and its kin refuse. */
const refusedMoments = [
  ...refusedAnywhere,
  ...refuse('beta1 of', {beta1: -0.1}, {beta1: 1}, {beta1: '0.9'}),
  ...refuse('beta2 of', {beta2: -0.1}, {beta2: 1}, {beta2: Number.NaN}),
  ...refuse('epsilon of', {epsilon: -1e-8}, {epsilon: Number.POSITIVE_INFINITY}),
  ...refuse('weightDecay of', {weightDecay: -0.1}, {weightDecay: '0'}),
  ...refuse('decay of', {decay: 'L2'}, {decay: true}),
];

const refusedAverage = [
  ...refuse('weightDecay', {weightDecay: -0.1}),
  ...refuse('warmupSteps', {warmupSteps: -1}, {warmupSteps: 1.5}, {warmupSteps: '1'}),
  ...refuse('r of', {r: -1}, {r: Number.NaN}),
  ...refuse('weightLrPower', {weightLrPower: -1}),
];

export const refusals: readonly RefusedOptions[] = [
  {
    owner: 'SGD',
    make: options => new SGD(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1}, {momentum: '0.9'}, {nesterov: true}),
      ...refuse('nesterov', {nesterov: 1, momentum: 0.9}),
      ...refuse('rateInVelocity', {rateInVelocity: 1}),
      ...refusedDecay,
    ],
  },
  {owner: 'Heun', make: options => new Heun(options), refused: refusedAnywhere},
  {
    owner: 'Muon',
    make: options => new Muon(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('momentum of', {momentum: 1}, {momentum: -0.1}),
      ...['nesterov', 'correctBias'].flatMap(name => refuse(`${name} of`, {[name]: 1})),
      ...['weightDecay', 'epsilon'].flatMap(name => refuse(`${name} of`, {[name]: -1})),
      ...refuse('adjustLearningRate of', {adjustLearningRate: 'rms'}, {adjustLearningRate: 'toString'}),
      ...refuse('Steps of', {newtonSchulzSteps: 0}, {newtonSchulzSteps: 2.5}, {newtonSchulzSteps: 100}),
      ...refuse('coefficients of', {coefficients: [1, 2]}, {coefficients: [1, 2, Number.NaN]}),
      ...refuse('epsilonOn of', {epsilonOn: 'norm'}),
      ...refuse('hidden of', {hidden: ''}, {hidden: 1}),
      ...refuse('adamW of', {adamW: 0.1}, {adamW: []}),
      ...refuse('learningRate of AdamW', {adamW: {learningRate: -1}}),
      {options: {adamW: {momentum: 0.9}}, code: 'UNKNOWN_OPTION', says: 'AdamW'},
    ],
  },
  {
    owner: 'OptimisticAdam',
    make: options => new OptimisticAdam(options),
    refused: [
      ...refusedAnywhere,
      ...['beta1', 'beta2'].flatMap(name => refuse(`${name} of`, {[name]: 1}, {[name]: -0.1})),
      ...['optimism', 'epsilon', 'epsilonRoot'].flatMap(name => refuse(`${name} of`, {[name]: -1})),
      ...refuse('nesterov of', {nesterov: 'true'}),
    ],
  },
  {
    owner: 'ExtraGradient',
    make: options => new ExtraGradient(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('base of', {base: 'adamW'}),
      ...['beta1', 'beta2'].flatMap(name => refuse(`${name} of`, {[name]: 1}, {[name]: -0.1})),
      ...refuse('epsilon of', {epsilon: -1}),
    ],
  },
  {
    owner: 'Partitions',
    make: (options: object) =>
      new Partitions({optimizer: new SGD(), partitions: [{weights: /./}], ...options}),
    refused: [
      ...refusedRates,
      {options: {learningrate: 0.1}, code: 'UNKNOWN_OPTION', says: "'learningrate'"},
      ...refuse('optimizer of', {optimizer: 'sgd'}),
      ...refuse('partitions of', {partitions: []}, {partitions: /bias/}),
      ...refuse(
        'weights of',
        {partitions: [{weights: ''}]},
        {partitions: [{weights: []}]},
        {partitions: [{}]},
      ),
      ...refuse('learningRateFactor of', {partitions: [{weights: 'a', learningRateFactor: -1}]}),
      ...refuse('options of', {partitions: [{weights: 'a', options: 1}]}),
    ],
  },
  {
    owner: 'Ranger',
    make: options => new Ranger(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('k of', {k: 0}, {k: 1.5}),
      ...refuse('alpha', {alpha: 1.1}, {alpha: -0.1}),
      ...refuse('epsilon of', {epsilon: 0}),
      ...refuse('threshold', {threshold: 3}),
      ...refuse('centralize', {centralize: 1}),
      ...['beta1', 'beta2'].flatMap(name => refuse(name, {[name]: 1}, {[name]: -0.1})),
    ],
  },
  {
    owner: 'Adagrad',
    make: options => new Adagrad(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('initialAccumulator', {initialAccumulator: -0.1}, {initialAccumulator: Number.NaN}),
      ...refuse('epsilon of', {epsilon: -1e-8}),
      ...refuse('epsilonInside', {epsilonInside: 1}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'Adadelta',
    make: options => new Adadelta(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('rho of', {rho: -0.1}, {rho: 1}),
      ...refuse('epsilon of', {epsilon: -1e-8}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'LAMB',
    make: options => new LAMB(options),
    refused: [
      ...refusedAnywhere,
      ...['beta1', 'beta2'].flatMap(name => refuse(name, {[name]: 1}, {[name]: -0.1})),
      ...refuse('epsilon of', {epsilon: -1e-8}),
      ...refuse('biasCorrection', {biasCorrection: 1}),
      ...refuse('maxWeightNorm', {maxWeightNorm: -1}, {maxWeightNorm: 'all'}, {maxWeightNorm: 1 / 0}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'LARS',
    make: options => new LARS(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('trustCoefficient', {trustCoefficient: -1}, {trustCoefficient: Number.NaN}),
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1}, {momentum: 0, nesterov: true}),
      ...refuse('nesterov', {nesterov: 1}),
      ...refuse('epsilon of', {epsilon: -1e-8}),
      ...refuse('weightDecay', {weightDecay: -0.1}),
      ...refuse('rateInVelocity', {rateInVelocity: 0}),
      ...refuse('denominator', {denominator: 'norm'}),
      ...refuse('skipVectors', {skipVectors: 'yes'}),
    ],
  },
  {
    owner: 'Adafactor',
    make: options => new Adafactor(options),
    refused: [
      ...refusedAnywhere,
      ...['relativeStep', 'multiplyByParameterScale'].flatMap(name => refuse(name, {[name]: 1})),
      ...refuse('clippingThreshold', {clippingThreshold: 0.5}, {clippingThreshold: null}),
      ...refuse('decayRate', {decayRate: -0.8}),
      ...refuse('beta1 of', {beta1: 1}),
      ...['epsilon1', 'epsilon2'].flatMap(name => refuse(name, {[name]: -1e-3})),
      ...refuse('epsilonOn', {epsilonOn: 'root'}),
      ...refuse('factoredAxes', {factoredAxes: 'first'}, {factoredAxes: true}),
      ...refuse('minDimSizeToFactor', {minDimSizeToFactor: 0}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'LBFGS',
    make: options => new LBFGS(options),
    refused: [
      ...refusedAnywhere,
      ...['maxIterations', 'maxEvaluations', 'historySize'].flatMap(name =>
        refuse(name, {[name]: 0}, {[name]: 1.5}, {[name]: '10'}),
      ),
      ...['toleranceGradient', 'toleranceChange'].flatMap(name =>
        refuse(name, {[name]: -1e-9}, {[name]: Number.POSITIVE_INFINITY}),
      ),
      ...refuse('lineSearch of', {lineSearch: 'armijo'}, {lineSearch: null}),
    ],
  },
  {
    owner: 'Lion',
    make: options => new Lion(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('beta1', {beta1: 1}, {beta1: -0.1}),
      ...refuse('beta2', {beta2: 1}, {beta2: '0.9'}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'AdaBelief',
    make: options => new AdaBelief(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('beta1', {beta1: 1}, {beta1: -0.1}),
      ...refuse('beta2', {beta2: 1}, {beta2: '0.9'}),
      ...refuse('epsilon of', {epsilon: -1e-8}),
      ...refuse('rectify', {rectify: 1}),
      ...refusedDecay,
    ],
  },
  {
    owner: 'Adan',
    make: options => new Adan(options),
    refused: [
      ...refusedAnywhere,
      ...['beta1', 'beta2', 'beta3'].flatMap(name => refuse(name, {[name]: 1}, {[name]: -0.1})),
      ...['epsilon', 'epsilonRoot', 'weightDecay'].flatMap(name => refuse(`${name} of`, {[name]: -1})),
      ...refuse('differenceFactor', {differenceFactor: 0.92}),
      ...refuse('decay of', {decay: 'l2'}),
    ],
  },
  {
    owner: 'AdEMAMix',
    make: options => new AdEMAMix(options),
    refused: [
      ...refusedMoments,
      ...refuse('beta3 of', {beta3: 1}, {beta3: -0.1}),
      ...['alpha', 'epsilonRoot'].flatMap(name => refuse(`${name} of`, {[name]: -1}, {[name]: '1'})),
      ...['alphaWarmupSteps', 'beta3WarmupSteps'].flatMap(name =>
        refuse(`${name} of`, {[name]: -1}, {[name]: Number.POSITIVE_INFINITY}),
      ),
    ],
  },
  {
    owner: 'Rprop',
    make: options => new Rprop(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('etaMinus', {etaMinus: 0}, {etaMinus: 1}),
      ...refuse('etaPlus', {etaPlus: 0.9}),
      ...refuse(
        'StepSize of Rprop',
        {minStepSize: -1},
        {maxStepSize: -1},
        {minStepSize: 1, maxStepSize: 0.5},
      ),
    ],
  },
  {
    owner: 'Adam',
    make: options => new Adam(options),
    refused: [
      ...refusedMoments,
      ...refuse('epsilonOn of', {epsilonOn: 'root'}),
      ...refuse('amsgrad of', {amsgrad: 1}),
      ...refuse('amsgradOn of', {amsgradOn: 'v'}),
    ],
  },
  {
    owner: 'AdamW',
    make: options => new AdamW(options),
    refused: [...refusedMoments, ...refuse('decay of AdamW', {decay: 'l2'})],
  },
  {
    owner: 'Adamax',
    make: options => new Adamax(options),
    refused: [...refusedMoments, ...refuse('epsilonOn of', {epsilonOn: 'corrected'})],
  },
  {
    owner: 'NAdam',
    make: options => new NAdam(options),
    refused: [
      ...refusedMoments,
      ...refuse('momentumDecay of', {momentumDecay: -1}, {momentumDecay: 'keras'}),
    ],
  },
  {
    owner: 'RAdam',
    make: options => new RAdam(options),
    refused: [
      ...refusedMoments,
      ...refuse('epsilonOn of', {epsilonOn: 'v'}),
      ...refuse('threshold of', {threshold: 3.9}, {threshold: '5'}),
      ...refuse('unrectified of', {unrectified: 'sgd'}),
    ],
  },
  {
    owner: 'RMSprop',
    make: options => new RMSprop(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('rho of', {rho: -0.1}, {rho: 1}, {rho: '0.9'}),
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1}),
      ...refuse('epsilon of', {epsilon: -1e-8}, {epsilon: Number.NaN}),
      ...refusedDecay,
      ...['centered', 'epsilonInside', 'rateInVelocity'].flatMap(name => refuse(name, {[name]: 1})),
    ],
  },
  {
    owner: 'ScheduleFreeAdamW',
    make: options => new ScheduleFreeAdamW(options),
    refused: [
      ...refusedAnywhere,
      ...refusedAverage,
      ...refuse('beta1', {beta1: -0.1}, {beta1: 1.1}),
      ...refuse('beta2', {beta2: -0.1}, {beta2: 1}),
      ...refuse('epsilon of', {epsilon: -1e-8}),
    ],
  },
  {
    owner: 'ScheduleFreeSGD',
    make: options => new ScheduleFreeSGD(options),
    refused: [
      ...refusedAnywhere,
      ...refusedAverage,
      ...refuse('momentum', {momentum: -0.1}, {momentum: 1.1}, {momentum: '0.9'}),
    ],
  },
  {
    owner: 'Prodigy',
    make: options => new Prodigy(options),
    refused: [
      ...refusedAnywhere,
      ...['beta1', 'beta2', 'beta3'].flatMap(name => refuse(name, {[name]: 1}, {[name]: -0.1})),
      ...['epsilon', 'weightDecay', 'dCoef'].flatMap(name => refuse(`${name} of`, {[name]: -1})),
      ...refuse('decay of', {decay: 'independent'}),
      ...refuse('d0', {d0: 0}, {d0: -1e-6}),
      ...refuse('growthRate', {growthRate: 0.9}, {growthRate: Number.POSITIVE_INFINITY}),
      ...['useBiasCorrection', 'safeguardWarmup'].flatMap(name => refuse(name, {[name]: 1})),
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
];
