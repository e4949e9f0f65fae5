import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag} from '../inject/options.js';
import {decayed, movingMean, quotient, updateGroup} from '../rules/index.js';
import {adamKinSpecs} from './shared/adamKinSpecs.js';
import {rectification} from './shared/rectification.js';

export type AdaBeliefOptions = Partial<AdaBelief['options']>;

/**
 * AdaBelief: Adam whose steps are large where the gradient is what its mean foretold, and small where it is not.
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
 * Differs from the paper: its ε is 1e-8; 1e-16 is that of the authors' later code, and of optax. With ε = 0, a weight
 *     whose s is 0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε, in both places: ≥ 0. Defaults 0.9, 0.999, 1e-16.
 * @param options.rectify  Whether to rectify. Default false as in the paper and optax; true in the authors' later code.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'decoupled'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new AdaBelief({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Zhuang et al., "AdaBelief Optimizer", NeurIPS 2020, algorithm 2
 */
export class AdaBelief extends optimizerOf('tfjs-inject/AdaBelief', {
  ...adamKinSpecs({epsilon: 1e-16, decay: 'decoupled'}),
  rectify: flag(false),
}) {
  getGroupedUpdates() {
    const {beta1, beta2, epsilon, rectify} = this.options;
    return [
      updateGroup({
        name: 'adaBelief',
        slots: {m: 'zeros', s: 'zeros'},
        // The bias of s is in the rate, and where it is not rectified in ε, as in Adam.
        scalars: step => {
          const {correction, ...rates} = rectification({beta1, beta2, threshold: 5}, step);
          if (rectify) return {...rates, stability: epsilon};
          const scale = Math.sqrt(correction);
          return {...rates, adaptiveRate: rates.momentumRate * scale, stability: epsilon * scale};
        },
        update: ({isRectified, momentumRate, adaptiveRate, stability, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const m = movingMean(operands.m, gradient, beta1);
          const surprise = gradient.sub(m);
          const s = movingMean(operands.s, surprise.mul(surprise), beta2).add(epsilon);
          const adaptive = quotient(m.mul(adaptiveRate), s.sqrt(), epsilon === 0 ? 0 : stability);
          const step = rectify ? isRectified.equal(1).select(adaptive, m.mul(momentumRate)) : adaptive;
          return {m, s, weight: weight.sub(step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(AdaBelief);
