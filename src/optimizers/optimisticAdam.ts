import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number} from '../inject/options.js';
import {moments, quotient, updateGroup} from '../rules/index.js';
import {momentSpecs} from './shared/momentSpecs.js';

export type OptimisticAdamOptions = Partial<OptimisticAdam['options']>;

/**
 * Adam that goes beyond its step by what the step has changed since the last one. Good for games (GANs, min-max problems),
 * around whose solution Adam circles.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·g                     m₀ = 0
 *     vₜ   = β₂·vₜ₋₁ + (1 − β₂)·g²                    v₀ = 0
 *     m̂    = mₜ/(1 − β₁ᵗ)                             with Nesterov: β₁·mₜ/(1 − β₁ᵗ⁺¹) + (1 − β₁)·g/(1 − β₁ᵗ)
 *     rₜ   = m̂ / (√(vₜ/(1 − β₂ᵗ) + ε̄) + ε)            r₀ = r₁
 *     θₜ₊₁ = θₜ − α·rₜ − α·o·(rₜ − rₜ₋₁)
 *
 * Cost: one phase; three slots of the weights' size.
 * Slots: m, v, lastDirection: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: Nesterov's m̂ by default, and no double first step (r₀ = r₁, where the paper has r₀ = 0), both as
 *     in optax.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.optimism      o, in multiples of α. ≥ 0. Default 1, as in the paper.
 * @param options.beta1, beta2  β₁, β₂: ≥ 0, below 1. Defaults 0.9, 0.999.
 * @param options.epsilon, epsilonRoot  ε, ε̄. ≥ 0. Defaults 1e-8, 0.
 * @param options.nesterov      Whether the gradient counts once more in m̂. Default true; false in the paper.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new OptimisticAdam({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Daskalakis et al., "Training GANs with Optimism", ICLR 2018, arXiv 1711.00141, algorithm 1
 */
export class OptimisticAdam extends optimizerOf('tfjs-inject/OptimisticAdam', {
  ...momentSpecs(),
  optimism: number(1, {min: 0}),
  epsilonRoot: number(0, {min: 0}),
  nesterov: flag(true),
}) {
  getGroupedUpdates() {
    const {optimism, beta1, beta2, epsilon, epsilonRoot, nesterov} = this.options;
    return [
      updateGroup({
        name: 'optimisticAdam',
        slots: {m: 'zeros', v: 'zeros', lastDirection: 'zeros'},
        // As in Adam, the correction of √v̂ is a scalar, √(1 − β₂ᵗ), which all that is divided or added has in it.
        scalars: ({iterations: t, learningRate}) => {
          const correction = 1 - beta2 ** t;
          const scale = Math.sqrt(correction);
          return {
            isFirst: t === 1 ? 1 : 0,
            ofMean: scale * (nesterov ? beta1 / (1 - beta1 ** (t + 1)) : 1 / (1 - beta1 ** t)),
            ofGradient: (scale * (1 - beta1)) / (1 - beta1 ** t),
            rootStability: epsilonRoot * correction,
            stability: epsilon * scale,
            changeRate: learningRate * optimism,
          };
        },
        update: ({weight, gradient, learningRate, lastDirection, ...operands}) => {
          const {m, v} = moments(operands, gradient, this.options);
          const corrected = m.mul(operands.ofMean);
          const mean = nesterov ? corrected.add(gradient.mul(operands.ofGradient)) : corrected;
          const root = (epsilonRoot === 0 ? v : v.add(operands.rootStability)).sqrt();
          const direction = quotient(mean, root, epsilon === 0 ? 0 : operands.stability);
          const change = operands.isFirst.greater(0).select(0, direction.sub(lastDirection));
          const moved = weight.sub(direction.mul(learningRate)).sub(change.mul(operands.changeRate));
          return {m, v, lastDirection: direction, weight: moved};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(OptimisticAdam);
