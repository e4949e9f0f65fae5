import {number, oneOf} from '../../inject/options.js';
import type {Decay} from '../../rules/index.js';

/** Weight decay λ ≥ 0, and what it multiplies. */
export const decaySpecs = (fallback: Decay) => ({
  weightDecay: number(0, {min: 0}),
  decay: oneOf<Decay>(fallback, 'l2', 'decoupled', 'independent'),
});
