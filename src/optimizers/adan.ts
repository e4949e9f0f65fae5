import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, oneOf, rate} from '../inject/options.js';
import {movingMean, quotient, updateGroup} from '../rules/index.js';

export type AdanOptions = Partial<Adan['options']>;

/**
 * Adan: Adam with Nesterov's momentum, told by the difference of one gradient
 * from the one before. Good for transformers and large batches.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     Δₜ   = gₜ − gₜ₋₁                               Δ₁ = 0
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·gₜ                   m̂ = mₜ/(1 − β₁ᵗ)
 *     vₜ   = β₂·vₜ₋₁ + (1 − β₂)·Δₜ                   v̂ = vₜ/(1 − β₂ᵗ)
 *     nₜ   = β₃·nₜ₋₁ + (1 − β₃)·(gₜ + c·Δₜ)²         n̂ = nₜ/(1 − β₃ᵗ)
 *     θ̃    = θₜ − α·(m̂ + c·v̂)/(√(n̂ + ε̄) + ε)        m₀ = v₀ = n₀ = 0, c = β₂
 *     θₜ₊₁ = θ̃/(1 + α·λ)                             or, decoupled, θ̃ − α·λ·θₜ
 *
 * Cost: one phase; four slots of the weights' size.
 * Slots: m, v, n, lastGradient: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: it corrects no bias, and its β are 1 − β here; both as in the authors' code.
 *
 * @param options.learningRate      α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2, beta3  β₁, β₂, β₃: how much of m, v, n stays. ≥ 0, below 1. Defaults 0.98, 0.92, 0.99.
 * @param options.differenceFactor  c: `'beta2'` as in the paper and the authors' code, `'1 - beta2'` as in optax.
 * @param options.epsilon, epsilonRoot  ε, ε̄. ≥ 0. Defaults 1e-8, 0.
 * @param options.weightDecay, decay  λ ≥ 0; `'proximal'`, or `'decoupled'` as in optax. Defaults 0, `'proximal'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adan({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Xie et al., "Adan: Adaptive Nesterov Momentum Algorithm", TPAMI 2024, arXiv 2208.06677, algorithm 1
 */
export class Adan extends optimizerOf('tfjs-inject/Adan', {
  learningRate: rate(0.001),
  beta1: number(0.98, {min: 0, below: 1}),
  beta2: number(0.92, {min: 0, below: 1}),
  beta3: number(0.99, {min: 0, below: 1}),
  differenceFactor: oneOf('beta2', 'beta2', '1 - beta2'),
  epsilon: number(1e-8, {min: 0}),
  epsilonRoot: number(0, {min: 0}),
  weightDecay: number(0, {min: 0}),
  decay: oneOf('proximal', 'proximal', 'decoupled'),
}) {
  getGroupedUpdates() {
    const {beta1, beta2, beta3, differenceFactor, epsilon, epsilonRoot, weightDecay, decay} = this.options;
    const c = differenceFactor === 'beta2' ? beta2 : 1 - beta2;
    return [
      updateGroup({
        name: 'adan',
        slots: {m: 'zeros', v: 'zeros', n: 'zeros', lastGradient: 'zeros'},
        // As in Adam, the correction of √n̂ is a scalar, √(1 − β₃ᵗ), which all that is divided or added has in it.
        scalars: ({iterations: t, learningRate}) => {
          const correction = 1 - beta3 ** t;
          const scale = Math.sqrt(correction);
          return {
            isFirst: t === 1 ? 1 : 0,
            meanRate: (learningRate * scale) / (1 - beta1 ** t),
            differenceRate: (learningRate * scale * c) / (1 - beta2 ** t),
            rootStability: epsilonRoot * correction,
            stability: epsilon * scale,
            // θ̃/(1 + αλ) = θ̃ − θ̃·αλ/(1 + αλ)
            shrink:
              (learningRate * weightDecay) / (decay === 'proximal' ? 1 + learningRate * weightDecay : 1),
          };
        },
        update: ({weight, gradient, m, v, n, lastGradient, ...scalars}) => {
          const difference = scalars.isFirst.greater(0).select(0, gradient.sub(lastGradient));
          const ahead = gradient.add(difference.mul(c));
          const m1 = movingMean(m, gradient, beta1);
          const v1 = movingMean(v, difference, beta2);
          const n1 = movingMean(n, ahead.mul(ahead), beta3);
          const root = (epsilonRoot === 0 ? n1 : n1.add(scalars.rootStability)).sqrt();
          const direction = m1.mul(scalars.meanRate).add(v1.mul(scalars.differenceRate));
          const moved = weight.sub(quotient(direction, root, epsilon === 0 ? 0 : scalars.stability));
          const decaying = decay === 'proximal' ? moved : weight;
          return {
            m: m1,
            v: v1,
            n: n1,
            lastGradient: gradient,
            weight: weightDecay === 0 ? moved : moved.sub(decaying.mul(scalars.shrink)),
          };
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adan);
