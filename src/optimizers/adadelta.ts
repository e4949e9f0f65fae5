import * as tf from '@tensorflow/tfjs-core';
import {InjectOptimizer, type InjectOptimizerOptions} from '../inject/injectOptimizer.js';
import {number, rate} from '../inject/options.js';
import {decayed} from '../rules/decayed.js';
import {updateGroup} from '../rules/updateGroup.js';
import {type DecayOptions, decaySpecs} from './shared/decayOptions.js';

export interface AdadeltaOptions extends InjectOptimizerOptions, DecayOptions {
  /** ρ, how much of both mean squares stays: ≥ 0, below 1. Default 0.9. */
  rho?: number;
  /** ε, what the first steps grow from: ≥ 0. Default 1e-6. */
  epsilon?: number;
}

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
 * Differs from the paper: it has no α, which is 1; for the rest nothing. tf.train.adadelta divides by sₜ₋₁.
 *
 * @param options.learningRate  α. ≥ 0, finite, or a function of the completed steps. Default 1.
 * @param options.rho           ρ. ≥ 0, below 1. Default 0.9 as in torch and optax; 0.95 in Keras and tfjs.
 * @param options.epsilon       ε. ≥ 0. Default 1e-6 as in torch and optax; 1e-7 in Keras and tfjs.
 * @param options.weightDecay   λ. ≥ 0. Default 0.
 * @param options.decay         `'l2'`: g + λ·θ; `'decoupled'`: θ − α·λ·θ; `'independent'`: θ − λ·θ. Default `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adadelta(), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv 1212.5701, algorithm 1
 */
export class Adadelta extends InjectOptimizer<Required<AdadeltaOptions>> {
  static readonly className = 'tfjs-inject/Adadelta';

  constructor(options?: AdadeltaOptions) {
    super(options, {
      learningRate: rate(1),
      rho: number(0.9, {min: 0, below: 1}),
      epsilon: number(1e-6, {min: 0}),
      ...decaySpecs('l2'),
    });
  }

  getGroupedUpdates() {
    const {rho, epsilon} = this.options;
    return [
      updateGroup({
        name: 'adadelta',
        slots: {meanSquare: 'zeros', meanSquareStep: 'zeros'},
        update: ({meanSquare, meanSquareStep, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const s = meanSquare.mul(rho).add(gradient.mul(gradient).mul(1 - rho));
          const step = meanSquareStep.add(epsilon).sqrt().div(s.add(epsilon).sqrt()).mul(gradient);
          return {
            meanSquare: s,
            meanSquareStep: meanSquareStep.mul(rho).add(step.mul(step).mul(1 - rho)),
            weight: weight.sub(step.mul(operands.learningRate)),
          };
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adadelta);
