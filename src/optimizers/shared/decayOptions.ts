import {number, oneOf} from '../../inject/options.js';
import type {Decay} from '../../rules/decayed.js';

/** Weight decay, of whatever optimizer has it. */
export interface DecayOptions {
  /** λ ≥ 0. Default 0. */
  weightDecay?: number;
  /** What λ multiplies: `'l2'`, `'decoupled'` or `'independent'`. */
  decay?: Decay;
}

export const decaySpecs = (fallback: Decay) => ({
  weightDecay: number(0, {min: 0}),
  decay: oneOf<Decay>(fallback, 'l2', 'decoupled', 'independent'),
});
