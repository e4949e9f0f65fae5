import {LearningRate, Lookahead, ReduceOnPlateau, WeightDecay} from '../../src/index.js';
import {type RefusedOptions, refuse} from './refusals.js';

/** What every plugin refuses. */
const refusedAnywhere: RefusedOptions['refused'] = [
  {options: {unheardOf: 5}, code: 'UNKNOWN_OPTION', says: "'unheardOf'"},
  {options: 5, code: 'INVALID_OPTION', says: '; received 5'},
];

/** In the order of the alphabet. */
export const pluginRefusals: readonly RefusedOptions[] = [
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
