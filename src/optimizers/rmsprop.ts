import * as tf from '@tensorflow/tfjs-core';
import {InjectOptimizer, type InjectOptimizerOptions} from '../inject/injectOptimizer.js';
import {flag, number, rate} from '../inject/options.js';
import {decayed} from '../rules/decayed.js';
import {type SlotStart, updateGroup} from '../rules/updateGroup.js';
import {type DecayOptions, decaySpecs} from './shared/decayOptions.js';

export interface RMSpropOptions extends InjectOptimizerOptions, DecayOptions {
  /** ρ, how much of the mean square stays: ≥ 0, below 1. Default 0.99. */
  rho?: number;
  /** μ, how much of the former velocity stays: ≥ 0, below 1. Default 0. */
  momentum?: number;
  /** Whether the gradient's mean is taken out of the mean square, which makes it a variance. Default false. */
  centered?: boolean;
  /** ε, keeps the divisor from zero: ≥ 0. Default 1e-8. */
  epsilon?: number;
  /** Whether ε stands inside the root. Default false. */
  epsilonInside?: boolean;
  /** Whether α stands inside the velocity, v = μ·v + α·…, instead of before it. Default false. */
  rateInVelocity?: boolean;
}

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
 * Differs from the paper: nothing. Where rounding makes sₜ − mₜ² negative, it counts as 0.
 *
 * @param options.learningRate    α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.rho             ρ. ≥ 0, below 1. Default 0.99 as in torch; 0.9 in optax, Keras and tfjs.
 * @param options.momentum        μ. ≥ 0, below 1. Default 0.
 * @param options.centered        Default false.
 * @param options.epsilon         ε. ≥ 0. Default 1e-8.
 * @param options.epsilonInside   Default false as in torch; true in optax, Keras and tfjs.
 * @param options.rateInVelocity  Default false as in torch; true in optax, Keras and tfjs.
 * @param options.weightDecay     λ. ≥ 0. Default 0.
 * @param options.decay           `'l2'`: g + λ·θ; `'decoupled'`: θ − α·λ·θ, as in Keras; `'independent'`: θ − λ·θ. Default `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new RMSprop({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera 2012; Graves, arXiv 1308.0850, eq. 38–45 (centered)
 */
export class RMSprop extends InjectOptimizer<Required<RMSpropOptions>> {
  static readonly className = 'tfjs-inject/RMSprop';

  constructor(options?: RMSpropOptions) {
    super(options, {
      learningRate: rate(0.01),
      rho: number(0.99, {min: 0, below: 1}),
      momentum: number(0, {min: 0, below: 1}),
      centered: flag(false),
      epsilon: number(1e-8, {min: 0}),
      epsilonInside: flag(false),
      rateInVelocity: flag(false),
      ...decaySpecs('l2'),
    });
  }

  getGroupedUpdates() {
    const {rho, momentum, centered, epsilon, epsilonInside, rateInVelocity} = this.options;
    const slots: Record<string, SlotStart> = {
      meanSquare: 'zeros',
      ...(centered && {mean: 'zeros'}),
      ...(momentum > 0 && {velocity: 'zeros'}),
    };
    return [
      updateGroup({
        name: 'rmsprop',
        slots: slots as Record<'meanSquare' | 'mean' | 'velocity', SlotStart>,
        update: ({meanSquare, mean, velocity, ...operands}) => {
          const {learningRate} = operands;
          const {weight, gradient} = decayed(this.options, operands);
          const s = meanSquare.mul(rho).add(gradient.mul(gradient).mul(1 - rho));
          const m = centered && mean.mul(rho).add(gradient.mul(1 - rho));
          const variance = m ? s.sub(m.mul(m).minimum(largest)).maximum(0) : s;
          const divisor = epsilonInside ? variance.add(epsilon).sqrt() : variance.sqrt().add(epsilon);
          const scaled = gradient.div(divisor);
          const step = rateInVelocity ? scaled.mul(learningRate) : scaled;
          const v = momentum > 0 ? velocity.mul(momentum).add(step) : step;
          return {
            meanSquare: s,
            ...(m && {mean: m}),
            ...(momentum > 0 && {velocity: v}),
            weight: weight.sub(rateInVelocity ? v : v.mul(learningRate)),
          };
        },
      }),
    ];
  }
}

/** About the largest number of float32: where s and m² overflow, s − m² is ∞ rather than ∞ − ∞. */
const largest = 3.4e38;

tf.serialization.registerClass(RMSprop);
