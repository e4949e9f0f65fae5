import {Lookahead, Monitor} from '../../src/index.js';
import {type RefusedOptions, refuse} from './refusals.js';

/** What every plugin refuses. */
const refusedAnywhere: RefusedOptions['refused'] = [
  {options: {unheardOf: 5}, code: 'UNKNOWN_OPTION', says: "'unheardOf'"},
  {options: 5, code: 'INVALID_OPTION', says: '; received 5'},
];

/** In the order of the alphabet. */
export const pluginRefusals: readonly RefusedOptions[] = [
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
