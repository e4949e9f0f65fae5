import {ASAM, Lookahead, SAM} from '../../src/index.js';
import {type RefusedOptions, refuse} from './refusals.js';

/** What every plugin refuses. */
const refusedAnywhere: RefusedOptions['refused'] = [
  {options: {unheardOf: 5}, code: 'UNKNOWN_OPTION', says: "'unheardOf'"},
  {options: 5, code: 'INVALID_OPTION', says: '; received 5'},
];

/** In the order of the alphabet. */
export const pluginRefusals: readonly RefusedOptions[] = [
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
];
