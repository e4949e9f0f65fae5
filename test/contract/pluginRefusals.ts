import {
  AdaptiveClip,
  Cautious,
  CentralizeGradients,
  ClipByGlobalNorm,
  ClipByNorm,
  ClipByValue,
  Lookahead,
  SkipNonFinite,
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
];
