import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, rate} from '../inject/options.js';
import {decayed, movingMean, overRoot, updateGroup} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';

export type AdadeltaOptions = Partial<Adadelta['options']>;

/**
 * Adadelta: steps in the weights' own units, from moving means of the squares
 * of gradients and of steps. It needs no learning rate.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     sₜ   = ρ·sₜ₋₁ + (1 − ρ)·g²             s₀ = 0
 *     Δₜ   = √(xₜ₋₁ + ε)/√(sₜ + ε)·g         x₀ = 0
 *     xₜ   = ρ·xₜ₋₁ + (1 − ρ)·Δₜ²
 *     θₜ₊₁ = θₜ − α·Δₜ
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: meanSquare, meanSquareStep: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its α is 1. tf.train.adadelta divides by sₜ₋₁. Steps grow from ε: with 0, no weight moves.
 *
 * @param options.learningRate  α. ≥ 0, finite, or a function of the completed steps. Default 1.
 * @param options.rho, epsilon  ρ: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 1e-6 as in torch and optax; 0.95, 1e-7 in Keras
 *     and tfjs.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adadelta(), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv 1212.5701, algorithm 1
 */
export class Adadelta extends optimizerOf('tfjs-inject/Adadelta', {
  learningRate: rate(1),
  rho: number(0.9, {min: 0, below: 1}),
  epsilon: number(1e-6, {min: 0}),
  ...decaySpecs('l2'),
}) {
  getGroupedUpdates() {
    const {rho, epsilon} = this.options;
    return [
      updateGroup({
        name: 'adadelta',
        slots: {meanSquare: 'zeros', meanSquareStep: 'zeros'},
        update: ({meanSquare: s, meanSquareStep: x, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const s1 = movingMean(s, gradient.mul(gradient), rho);
          const step = overRoot(x.add(epsilon).sqrt(), s1, epsilon, true).mul(gradient);
          const x1 = movingMean(x, step.mul(step), rho);
          return {meanSquare: s1, meanSquareStep: x1, weight: weight.sub(step.mul(operands.learningRate))};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adadelta);
