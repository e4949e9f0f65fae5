import type {InjectOptimizerOptions} from '../../inject/injectOptimizer.js';
import {number, type OptionSpecs, oneOf, rate} from '../../inject/options.js';
import type {Decay} from '../../rules/decayed.js';

/** What Adam and its kin have in common: averages m and v of the gradient, and decay. */
export interface MomentOptions extends InjectOptimizerOptions {
  /** β₁, how much of m stays: ≥ 0, below 1. Default 0.9. */
  beta1?: number;
  /** β₂, how much of v stays: ≥ 0, below 1. Default 0.999. */
  beta2?: number;
  /** ε ≥ 0. Default 1e-8. */
  epsilon?: number;
  /** λ ≥ 0. Default 0; of AdamW 0.01. */
  weightDecay?: number;
  /** What λ multiplies: `'l2'`, `'decoupled'` or `'independent'`. Default `'l2'`; of AdamW `'decoupled'`. */
  decay?: Decay;
}

export const momentSpecs: OptionSpecs<Required<MomentOptions>> = {
  learningRate: rate(0.001),
  beta1: number(0.9, {min: 0, below: 1}),
  beta2: number(0.999, {min: 0, below: 1}),
  epsilon: number(1e-8, {min: 0}),
  weightDecay: number(0, {min: 0}),
  decay: oneOf('l2', 'l2', 'decoupled', 'independent'),
};
