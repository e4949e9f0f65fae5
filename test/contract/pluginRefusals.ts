import {
  AccumulateGradients,
  AdaptiveClip,
  ASAM,
  BatchNormStatistics,
  BestWeights,
  Cautious,
  CentralizeGradients,
  Checkpoint,
  ClipByGlobalNorm,
  ClipByNorm,
  ClipByValue,
  Constraints,
  EMA,
  LearningRate,
  LearningRateFinder,
  Lookahead,
  MicroBatch,
  Monitor,
  ReduceOnPlateau,
  SAM,
  SkipNonFinite,
  SWA,
  WeightDecay,
} from '../../src/index.js';

import {type RefusedOptions, refuse} from './refusals.js';

/** What every plugin refuses. */
const refusedAnywhere: RefusedOptions['refused'] = [
  {options: {unheardOf: 5}, code: 'UNKNOWN_OPTION', says: "'unheardOf'"},
  {options: 5, code: 'INVALID_OPTION', says: '; received 5'},
];

const refusedWeights = (owner: string) =>
  refuse(`weights of ${owner}`, {weights: ''}, {weights: []}, {weights: 1}, {weights: [null]});
const refusedThresholds = (owner: string, name: string) =>
  refuse(`${name} of ${owner}`, ...[0, -1, Number.NaN, '1', null].map(value => ({[name]: value})));
/** With what must be given, where other options are tried. */
const given =
  <O extends object>(make: (options: O) => unknown, required: O) =>
  (options: object) =>
    make(typeof options === 'number' ? options : {...required, ...options});

/** In the order of the alphabet. */
export const pluginRefusals: readonly RefusedOptions[] = [
  {
    owner: 'AccumulateGradients',
    make: options => new AccumulateGradients(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('steps of AccumulateGradients', {steps: 0}, {steps: 1.5}, {steps: '2'}),
    ],
  },
  {
    owner: 'AdaptiveClip',
    make: options => new AdaptiveClip(options),
    refused: [
      ...refusedAnywhere,
      ...refusedThresholds('AdaptiveClip', 'clipping'),
      ...refuse('epsilon of AdaptiveClip', {epsilon: 0}, {epsilon: Number.POSITIVE_INFINITY}),
      ...refuse('clipOutput of AdaptiveClip', {clipOutput: 1}),
      ...refusedWeights('AdaptiveClip'),
    ],
  },
  {
    owner: 'ASAM',
    make: options => new ASAM(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('rho of ASAM', {rho: -0.1}, {rho: Number.NaN}, {rho: '1'}),
      ...refuse('alpha of ASAM', {alpha: -0.1}, {alpha: 1.1}),
      ...refuse('norm of ASAM', {norm: 'none'}),
      ...refuse('weights of ASAM', {weights: 5}, {weights: []}),
      ...refuse('eta of ASAM', {eta: -0.01}, {eta: Number.POSITIVE_INFINITY}, {eta: () => 1}),
      ...refuse('scalesBiases of ASAM', {scalesBiases: 1}),
    ],
  },
  {
    owner: 'BatchNormStatistics',
    make: options => new BatchNormStatistics(options),
    refused: [...refusedAnywhere, ...refuse('from of BatchNormStatistics', {from: 'second'}, {from: 1})],
  },
  {
    owner: 'BestWeights',
    make: options => new BestWeights(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('monitor of BestWeights', {monitor: ''}, {monitor: 1}),
      ...refuse('mode of BestWeights', {mode: 'best'}),
      ...refuse('minDelta of BestWeights', {minDelta: -1}, {minDelta: Number.NaN}),
      ...refuse('startFromEpoch of BestWeights', {startFromEpoch: -1}, {startFromEpoch: 1.5}),
      ...refuse('patience of BestWeights', {patience: -1}, {patience: '3'}),
    ],
  },
  {
    owner: 'Cautious',
    make: options => new Cautious(options),
    refused: [...refusedAnywhere, ...refusedWeights('Cautious')],
  },
  {
    owner: 'CentralizeGradients',
    make: options => new CentralizeGradients(options),
    refused: [...refusedAnywhere, ...refusedWeights('CentralizeGradients')],
  },
  {
    owner: 'Checkpoint',
    make: given(options => new Checkpoint(options), {url: 'file://out/run'}),
    refused: [
      ...refusedAnywhere,
      ...refuse(
        'url of Checkpoint',
        {url: undefined},
        {url: ''},
        {url: 'out/run'},
        {url: 'file://'},
        {url: 1},
      ),
      ...refuse('everySteps of Checkpoint', {everySteps: 0}, {everySteps: 1.5}),
      ...refuse('everyEpochs of Checkpoint', {everyEpochs: 0}, {everyEpochs: '1'}),
      ...refuse('everyMinutes of Checkpoint', {everyMinutes: 0}, {everyMinutes: Number.NaN}),
      ...refuse('keep of Checkpoint', {keep: 0}, {keep: 2.5}),
      ...refuse('keepBest of Checkpoint', {keepBest: 1}),
      ...refuse('monitor of Checkpoint', {monitor: ''}, {monitor: 1}),
      ...refuse('mode of Checkpoint', {mode: 'best'}),
      ...refuse('resume of Checkpoint', {resume: true}),
      ...refuse('onFailure of Checkpoint', {onFailure: 'ignore'}),
    ],
  },
  {
    owner: 'ClipByGlobalNorm',
    make: given(options => new ClipByGlobalNorm(options), {clipNorm: 1}),
    refused: [
      ...refusedAnywhere,
      ...refusedThresholds('ClipByGlobalNorm', 'clipNorm'),
      ...refuse('clipNorm of ClipByGlobalNorm', {clipNorm: undefined}),
      ...refuse('epsilon of ClipByGlobalNorm', {epsilon: -1e-6}, {epsilon: '0'}),
      ...refusedWeights('ClipByGlobalNorm'),
    ],
  },
  {
    owner: 'ClipByNorm',
    make: given(options => new ClipByNorm(options), {clipNorm: 1}),
    refused: [
      ...refusedAnywhere,
      ...refusedThresholds('ClipByNorm', 'clipNorm'),
      ...refuse('clipNorm of ClipByNorm', {clipNorm: undefined}),
      ...refusedWeights('ClipByNorm'),
    ],
  },
  {
    owner: 'ClipByValue',
    make: given(options => new ClipByValue(options), {clipValue: 1}),
    refused: [
      ...refusedAnywhere,
      ...refusedThresholds('ClipByValue', 'clipValue'),
      ...refuse('clipValueMin of', {clipValueMin: Number.NaN}, {clipValueMin: '0'}),
      ...refuse('clipValueMax of', {clipValueMax: Number.NaN}, {clipValueMax: null}),
      ...refuse(
        'ClipByValue needs clipValue, or',
        {clipValue: undefined},
        {clipValueMin: 0},
        {clipValueMax: 0},
      ),
      ...refuse('at most clipValueMax; received 1 and 0.5', {
        clipValue: undefined,
        clipValueMin: 1,
        clipValueMax: 0.5,
      }),
      ...refusedWeights('ClipByValue'),
    ],
  },
  {
    owner: 'Constraints',
    make: options => new Constraints(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('constraint of Constraints', {constraint: 'nonNeg'}, {constraint: null}, {constraint: {}}),
      ...refuse('weights of Constraints', {weights: ''}, {weights: 5}, {weights: 'a'}),
    ],
  },
  {
    owner: 'EMA',
    make: options => new EMA(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('decay of EMA', {decay: -0.1}, {decay: 1.1}, {decay: Number.NaN}, {decay: '0.9'}),
      ...refuse('halfLife of EMA', {halfLife: 0}, {halfLife: Number.POSITIVE_INFINITY}),
      ...refuse('either decay or halfLife', {decay: 0.9, halfLife: 5}),
      ...['biasCorrection', 'dynamicDecay'].flatMap(name => refuse(`${name} of EMA`, {[name]: 1})),
      ...refuse('start of EMA', {start: -1}, {start: 1.5}),
      ...refuse('every of EMA', {every: 0}, {every: 1.5}),
      ...refuse('evaluateOn of EMA', {evaluateOn: 'fast'}),
    ],
  },
  {
    owner: 'LearningRate',
    make: (options: object | number) =>
      new LearningRate(typeof options === 'number' ? (options as never) : {learningRate: 0.1, ...options}),
    refused: [
      ...refusedAnywhere,
      ...refuse(
        'learningRate of LearningRate',
        {learningRate: -1},
        {learningRate: '0.1'},
        {learningRate: null},
      ),
      ...refuse('learningRate of LearningRate', {learningRate: Number.NaN}),
    ],
  },
  {
    owner: 'LearningRateFinder',
    make: options => new LearningRateFinder(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('minLearningRate of LearningRateFinder', {minLearningRate: 0}, {minLearningRate: '1e-7'}),
      ...refuse(
        'maxLearningRate of LearningRateFinder',
        ...[{maxLearningRate: 0}, {maxLearningRate: 1e-7}, {minLearningRate: 2, maxLearningRate: 1}],
      ),
      ...refuse('steps of LearningRateFinder', {steps: 1}, {steps: 2.5}),
      ...refuse('scale of LearningRateFinder', {scale: 'log'}),
      ...refuse('smoothing of LearningRateFinder', {smoothing: 1}, {smoothing: -0.1}),
      ...refuse('divergeAt of LearningRateFinder', {divergeAt: 1}, {divergeAt: Number.NaN}),
    ],
  },
  {
    owner: 'Lookahead',
    make: options => new Lookahead(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('k of Lookahead', {k: 0}, {k: 2.5}, {k: '5'}, {k: Number.POSITIVE_INFINITY}),
      ...refuse('alpha of Lookahead', {alpha: -0.1}, {alpha: 1.1}, {alpha: Number.NaN}, {alpha: '1'}),
      ...refuse('evaluateOn of Lookahead', {evaluateOn: 'both'}),
      ...refuse('pullback of Lookahead', {pullback: true}, {pullback: 'pull'}),
      ...refuse(
        'pullbackSlots of Lookahead',
        {pullbackSlots: 'velocity', pullback: 'reset'},
        {pullbackSlots: [], pullback: 'reset'},
        {pullbackSlots: ['velocity']},
        {pullback: 'pullback'},
      ),
    ],
  },
  {
    owner: 'MicroBatch',
    make: options => new MicroBatch(options),
    refused: [...refusedAnywhere, ...refuse('size of MicroBatch', {size: 0}, {size: 2.5}, {size: null})],
  },
  {
    owner: 'Monitor',
    make: options => new Monitor(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('include of Monitor', {include: []}, {include: ['loss']}, {include: 'tensors'}),
      ...refuse('perWeight of Monitor', {perWeight: 1}),
      ...refuse('measureEvery of Monitor', {measureEvery: 0}, {measureEvery: 1.5}),
      ...refuse('logEvery of Monitor', {logEvery: -1}, {logEvery: true}),
    ],
  },
  {
    owner: 'ReduceOnPlateau',
    make: options => new ReduceOnPlateau(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('monitor of ReduceOnPlateau', {monitor: ''}, {monitor: 5}),
      ...refuse('factor of ReduceOnPlateau', {factor: 1}, {factor: -0.1}, {factor: Number.NaN}),
      ...refuse('patience of ReduceOnPlateau', {patience: -1}, {patience: 1.5}),
      ...refuse('mode of ReduceOnPlateau', {mode: 'less'}),
      ...refuse('minDelta of ReduceOnPlateau', {minDelta: -1e-4}),
      ...refuse('minDeltaMode of ReduceOnPlateau', {minDeltaMode: 'rel'}),
      ...refuse('cooldown of ReduceOnPlateau', {cooldown: -1}, {cooldown: 0.5}),
      ...refuse('minLearningRate of ReduceOnPlateau', {minLearningRate: -1}, {minLearningRate: () => 1}),
    ],
  },
  {
    owner: 'SAM',
    make: options => new SAM(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('rho of SAM', {rho: -0.1}, {rho: Number.NaN}, {rho: Number.POSITIVE_INFINITY}, {rho: '1'}),
      ...refuse('alpha of SAM', {alpha: -0.1}, {alpha: 1.1}, {alpha: '1'}),
      ...refuse('norm of SAM', {norm: 'none'}),
      ...refuse('weights of SAM', {weights: 5}, {weights: ''}, {weights: ['a', 5]}),
    ],
  },
  {
    owner: 'SkipNonFinite',
    make: options => new SkipNonFinite(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('action of SkipNonFinite', {action: 'skip'}, {action: true}),
      ...refuse(
        'maxConsecutive of SkipNonFinite',
        ...[0, 1.5, Number.NaN, '5', null].map(maxConsecutive => ({maxConsecutive})),
      ),
    ],
  },
  {
    owner: 'SWA',
    make: options => new SWA(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('start of SWA', {start: -1}, {start: 0.5}),
      ...refuse('every of SWA', {every: 0}, {every: '1'}),
      ...refuse('evaluateOn of SWA', {evaluateOn: 'slow'}),
    ],
  },
  {
    owner: 'WeightDecay',
    make: options => new WeightDecay(options),
    refused: [
      ...refusedAnywhere,
      ...refuse('weightDecay of WeightDecay', {weightDecay: -1}, {weightDecay: Number.POSITIVE_INFINITY}),
      ...refuse('decay of WeightDecay', {decay: 'l2'}, {decay: true}),
      ...refuse('weights of WeightDecay', {weights: ''}, {weights: []}, {weights: 5}),
    ],
  },
];
