import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, rate} from '../inject/options.js';
import {decayed, movingMean, overRoot, updateGroup} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';

export type RMSpropOptions = Partial<RMSprop['options']>;

/** About the largest number of float32: where s and m² overflow, s − m² is ∞ rather than ∞ − ∞. */
const largest = 3.4e38;

/**
 * RMSprop: each weight's gradient, divided by the root of a moving mean of its
 * square. Good for recurrent networks and where gradients' sizes differ much.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     sₜ   = ρ·sₜ₋₁ + (1 − ρ)·g²                     s₀ = 0
 *     mₜ   = ρ·mₜ₋₁ + (1 − ρ)·g                      m₀ = 0, only with centered
 *     dₜ   = √sₜ + ε,  centered: √(sₜ − mₜ²) + ε     with epsilonInside, ε under the root
 *     vₜ   = μ·vₜ₋₁ + g/dₜ                           v₀ = 0
 *     θₜ₊₁ = θₜ − α·vₜ
 *
 * Cost: one phase; one to three slots of the weights' size.
 * Slots: meanSquare; mean, only with centered; velocity, only with momentum: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing. Where rounding makes sₜ − mₜ² negative, it counts as 0. With ε = 0, a weight whose d
 *     is 0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.rho  ρ. ≥ 0, below 1. Default 0.99 as in torch; 0.9 in optax, Keras and tfjs.
 * @param options.momentum, rateInVelocity  μ ≥ 0, below 1; whether α stands inside the velocity, vₜ = μ·vₜ₋₁ + α·g/dₜ and
 *     θₜ − vₜ. Defaults 0, false as in torch; true in optax, Keras and tfjs.
 * @param options.centered  Whether s − m², a variance, stands for s. Default false.
 * @param options.epsilon, epsilonInside  ε ≥ 0, and whether it is under the root. Defaults 1e-8, false as in torch; true
 *     in optax, Keras and tfjs.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ, as in
 *     Keras; `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new RMSprop({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera 2012; Graves, arXiv 1308.0850, eq. 38–45 (centered)
 */
export class RMSprop extends optimizerOf('tfjs-inject/RMSprop', {
  learningRate: rate(0.01),
  rho: number(0.99, {min: 0, below: 1}),
  momentum: number(0, {min: 0, below: 1}),
  centered: flag(false),
  epsilon: number(1e-8, {min: 0}),
  epsilonInside: flag(false),
  rateInVelocity: flag(false),
  ...decaySpecs('l2'),
}) {
  getGroupedUpdates() {
    const {rho, momentum, centered, epsilon, epsilonInside, rateInVelocity} = this.options;
    return [
      updateGroup({
        name: 'rmsprop',
        slots: {
          meanSquare: 'zeros',
          ...(centered && {mean: 'zeros'}),
          ...(momentum > 0 && {velocity: 'zeros'}),
        },
        update: ({meanSquare, mean, velocity, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const s = movingMean(meanSquare, gradient.mul(gradient), rho);
          const m = centered && movingMean(mean, gradient, rho);
          const variance = m ? s.sub(m.mul(m).minimum(largest)).maximum(0) : s;
          const scaled = overRoot(gradient, variance, epsilon, epsilonInside);
          const step = rateInVelocity ? scaled.mul(operands.learningRate) : scaled;
          const v = momentum > 0 ? velocity.mul(momentum).add(step) : step;
          const moved = weight.sub(rateInVelocity ? v : v.mul(operands.learningRate));
          return {meanSquare: s, ...(m && {mean: m}), ...(momentum > 0 && {velocity: v}), weight: moved};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(RMSprop);
