import type {Decay} from '../../rules/index.js';
import {decaySpecs} from './decaySpecs.js';
import {momentSpecs} from './momentSpecs.js';

type Defaults = Parameters<typeof momentSpecs>[0] & {decay?: Decay};

/** What Adam and its kin have in common: moments of the gradient, and decay. */
export const adamKinSpecs = ({decay = 'l2', ...defaults}: Defaults = {}) => ({
  ...momentSpecs(defaults),
  ...decaySpecs(decay),
});
