import * as tf from '@tensorflow/tfjs-core';
import {InjectOptimizer, type InjectOptimizerOptions} from '../inject/injectOptimizer.js';
import {flag, number, rate} from '../inject/options.js';
import {decayed} from '../rules/decayed.js';
import {updateGroup} from '../rules/updateGroup.js';
import {type DecayOptions, decaySpecs} from './shared/decayOptions.js';
import {rectification} from './shared/rectification.js';

export interface AdaBeliefOptions extends InjectOptimizerOptions, DecayOptions {
  /** β₁, how much of m stays: ≥ 0, below 1. Default 0.9. */
  beta1?: number;
  /** β₂, how much of s stays: ≥ 0, below 1. Default 0.999. */
  beta2?: number;
  /** ε ≥ 0. Default 1e-16. */
  epsilon?: number;
  /** Whether steps are rectified as RAdam's, by ρ > 5, and plain momentum before that. Default false. */
  rectify?: boolean;
}

/**
 * AdaBelief: Adam whose steps are large where the gradient is what its mean
 * foretold, and small where it is not.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·g                   m̂ = mₜ/(1 − β₁ᵗ)
 *     sₜ   = β₂·sₜ₋₁ + (1 − β₂)·(g − mₜ)² + ε       ŝ = sₜ/(1 − β₂ᵗ)
 *     θₜ₊₁ = θₜ − α·m̂/(√ŝ + ε)                      m₀ = s₀ = 0
 * With rectify: ρ∞ = 2/(1 − β₂) − 1, ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ), and
 *     θₜ₊₁ = θₜ − α·r·m̂·√(1 − β₂ᵗ)/(√sₜ + ε)       where ρ > 5, else θₜ − α·m̂
 *     r²   = (ρ − 4)·(ρ − 2)·ρ∞ / ((ρ∞ − 4)·(ρ∞ − 2)·ρ)
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: m, s: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its ε is 1e-8; 1e-16 is that of the authors' later code, and of optax.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1         β₁. ≥ 0, below 1. Default 0.9.
 * @param options.beta2         β₂. ≥ 0, below 1. Default 0.999.
 * @param options.epsilon       ε, in both places. ≥ 0. Default 1e-16.
 * @param options.rectify       Default false as in the paper and optax; true in the authors' later code.
 * @param options.weightDecay   λ. ≥ 0. Default 0.
 * @param options.decay         `'decoupled'`: θ − α·λ·θ; `'l2'`: g + λ·θ; `'independent'`: θ − λ·θ. Default `'decoupled'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new AdaBelief({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Zhuang et al., "AdaBelief Optimizer", NeurIPS 2020, algorithm 2
 */
export class AdaBelief extends InjectOptimizer<Required<AdaBeliefOptions>> {
  static readonly className = 'tfjs-inject/AdaBelief';

  constructor(options?: AdaBeliefOptions) {
    super(options, {
      learningRate: rate(0.001),
      beta1: number(0.9, {min: 0, below: 1}),
      beta2: number(0.999, {min: 0, below: 1}),
      epsilon: number(1e-16, {min: 0}),
      rectify: flag(false),
      ...decaySpecs('decoupled'),
    });
  }

  getGroupedUpdates() {
    const {beta1, beta2, epsilon, rectify} = this.options;
    const rectified = {beta1, beta2, threshold: 5};
    return [
      updateGroup({
        name: 'adaBelief',
        slots: {m: 'zeros', s: 'zeros'},
        // Rectified, the bias of s is in the rate; else it is divided out of s.
        scalars: step => {
          const {isRectified, momentumRate, adaptiveRate, correction} = rectification(rectified, step);
          return {
            isAdaptive: rectify ? isRectified : 1,
            momentumRate,
            adaptiveRate: rectify ? adaptiveRate : momentumRate,
            correction: rectify ? 1 : correction,
          };
        },
        update: ({m, s, isAdaptive, momentumRate, adaptiveRate, correction, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const mean = m.mul(beta1).add(gradient.mul(1 - beta1));
          const surprise = gradient.sub(mean);
          const spread = s
            .mul(beta2)
            .add(surprise.mul(surprise).mul(1 - beta2))
            .add(epsilon);
          const adaptive = mean.mul(adaptiveRate).div(spread.div(correction).sqrt().add(epsilon));
          const step = rectify ? isAdaptive.greater(0).select(adaptive, mean.mul(momentumRate)) : adaptive;
          return {m: mean, s: spread, weight: weight.sub(step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(AdaBelief);
