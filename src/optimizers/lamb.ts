import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, oneOf} from '../inject/options.js';
import {decayed, elementwise, moments, norm, quotient, trustRatio, updateGroup} from '../rules/index.js';
import {momentSpecs} from './shared/momentSpecs.js';
import {orNone} from './shared/orNone.js';

export type LAMBOptions = Partial<LAMB['options']>;

/**
 * LAMB: Adam's direction, and for each weight as a whole a step in proportion
 * to the weight's norm. Good for very large batches.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·g                m̂ = mₜ/(1 − β₁ᵗ)          m₀ = 0
 *     vₜ   = β₂·vₜ₋₁ + (1 − β₂)·g²               v̂ = vₜ/(1 − β₂ᵗ)          v₀ = 0
 *     uₜ   = m̂/(√v̂ + ε) + λ·θₜ
 *     θₜ₊₁ = θₜ − α·φ(‖θₜ‖)/‖uₜ‖·uₜ              φ(z) = z; the ratio is 1 where a norm is 0
 *
 * Cost: one phase; two slots of the weights' size; two norms for each weight.
 * Slots: m, v: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing; φ there is any bounded function.
 *
 * @param options.learningRate    α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2    β₁, β₂: how much of m, v stays. ≥ 0, below 1. Defaults 0.9, 0.999.
 * @param options.epsilon         ε. ≥ 0. Default 1e-6.
 * @param options.biasCorrection  Whether m̂ and v̂ are corrected for their start at zero. Default true.
 * @param options.maxWeightNorm   φ(z) = min(z, this): ≥ 0, or `'none'`. Default `'none'`.
 * @param options.weightDecay     λ. ≥ 0. Default 0.
 * @param options.decay           `'ratio'`: λ·θ is part of u. Outside it, as Keras and fastai have it, `'decoupled'`: θ loses
 *     α·λ·θ first; also `'independent'`, λ·θ, and `'l2'`, in g. Default `'ratio'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new LAMB({learningRate: 0.01, weightDecay: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see You et al., "Large Batch Optimization for Deep Learning", ICLR 2020, arXiv 1904.00962, algorithm 2
 */
export class LAMB extends optimizerOf('tfjs-inject/LAMB', {
  ...momentSpecs({epsilon: 1e-6}),
  biasCorrection: flag(true),
  maxWeightNorm: orNone('none', number(0, {min: 0})),
  weightDecay: number(0, {min: 0}),
  decay: oneOf('ratio', 'ratio', 'l2', 'decoupled', 'independent'),
}) {
  getGroupedUpdates() {
    const {beta1, beta2, epsilon, biasCorrection, maxWeightNorm, weightDecay, decay} = this.options;
    const isInside = decay === 'ratio' && weightDecay > 0;
    const direct = elementwise<Inputs, 'start' | 'm' | 'v' | 'u'>('lamb direction', operands => {
      const {weight, gradient} = decay === 'ratio' ? operands : decayed({weightDecay, decay}, operands);
      const {m, v} = moments(operands, gradient, this.options);
      const adam = quotient(m.mul(operands.scale), v.sqrt(), epsilon === 0 ? 0 : operands.stability);
      return {start: weight, m, v, u: isInside ? adam.add(weight.mul(weightDecay)) : adam};
    });
    const step = elementwise<'start' | 'u' | 'weightNorm' | 'updateNorm' | 'learningRate', 'weight'>(
      'lamb step',
      ({start, u, weightNorm, updateNorm, learningRate}) => {
        const bounded = maxWeightNorm === 'none' ? weightNorm : weightNorm.minimum(maxWeightNorm);
        const ratio = trustRatio(bounded, updateNorm);
        return {weight: start.sub(u.mul(ratio.mul(learningRate)))};
      },
    );
    return [
      updateGroup({
        name: 'lamb',
        slots: {m: 'zeros', v: 'zeros'},
        scalars: ({iterations: t}) => {
          if (!biasCorrection) return {scale: 1, stability: epsilon};
          const root = Math.sqrt(1 - beta2 ** t);
          return {scale: root / (1 - beta1 ** t), stability: epsilon * root};
        },
        compute: ({weights, learningRate, scalars}) => {
          const {scale, stability} = scalars as Record<'scale' | 'stability', number>;
          return weights.map(({weight, gradient, m: m0, v: v0}) =>
            tf.tidy(() => {
              const inputs = {weight, gradient, m: m0!, v: v0!, learningRate, scale, stability};
              const {start, m, v, u} = direct(inputs);
              return {m, v, ...step({start, u, weightNorm: norm(start), updateNorm: norm(u), learningRate})};
            }),
          );
        },
      }),
    ];
  }
}

type Inputs = 'weight' | 'gradient' | 'm' | 'v' | 'learningRate' | 'scale' | 'stability';

tf.serialization.registerClass(LAMB);
