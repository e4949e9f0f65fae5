import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, rate} from '../inject/options.js';
import {decayed, movingMean, sign, updateGroup} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';

export type LionOptions = Partial<Lion['options']>;

/**
 * Lion: steps of one size, in the direction of the signs of a momentum. Half of
 * Adam's memory; good for large batches.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     cₜ   = β₁·mₜ₋₁ + (1 − β₁)·g
 *     θₜ₊₁ = θₜ − α·(sign(cₜ) + λ·θₜ)       sign(0) = 0
 *     mₜ   = β₂·mₜ₋₁ + (1 − β₂)·g           m₀ = 0
 *
 * Cost: one phase; one slot of the weights' size.
 * Slots: m: shape of the weight, starts at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.0001.
 * @param options.beta1, beta2  β₁, how much of m goes into the step; β₂, how much of it stays. ≥ 0, below 1. Defaults
 *     0.9, 0.99.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0 as in the authors' code (0.001 in optax), `'decoupled'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Lion({learningRate: 0.001}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2
 */
export class Lion extends optimizerOf('tfjs-inject/Lion', {
  learningRate: rate(0.0001),
  beta1: number(0.9, {min: 0, below: 1}),
  beta2: number(0.99, {min: 0, below: 1}),
  ...decaySpecs('decoupled'),
}) {
  getGroupedUpdates() {
    const {beta1, beta2} = this.options;
    return [
      updateGroup({
        name: 'lion',
        slots: {m: 'zeros'},
        update: ({m, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const c = movingMean(m, gradient, beta1);
          const moved = weight.sub(sign(c).mul(operands.learningRate));
          return {m: movingMean(m, gradient, beta2), weight: moved};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Lion);
