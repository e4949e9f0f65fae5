import {AccumulateGradients, BatchNormStatistics, Lookahead, MicroBatch} from '../../src/index.js';
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
];
