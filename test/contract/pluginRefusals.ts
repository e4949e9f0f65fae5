import {
  AccumulateGradients,
  BatchNormStatistics,
  LearningRateFinder,
  Lookahead,
  MicroBatch,
  Monitor,
} from '../../src/index.js';
import {type RefusedOptions, refuse} from './refusals.js';

/** What every plugin refuses. */
const refusedAnywhere: RefusedOptions['refused'] = [
  {options: {unheardOf: 5}, code: 'UNKNOWN_OPTION', says: "'unheardOf'"},
  {options: 5, code: 'INVALID_OPTION', says: '; received 5'},
];

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
    owner: 'BatchNormStatistics',
    make: options => new BatchNormStatistics(options),
    refused: [...refusedAnywhere, ...refuse('from of BatchNormStatistics', {from: 'second'}, {from: 1})],
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
];
