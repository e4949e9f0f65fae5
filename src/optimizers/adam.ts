import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {decayed, moments, quotient, updateGroup} from '../rules/index.js';
import {adamSpecs} from './shared/adamSpecs.js';

export type AdamOptions = Partial<Adam['options']>;

/**
 * Adam: steps of about the learning rate in every coordinate, whatever the
 * scale of its gradients. The usual first choice.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·g          m̂ = mₜ / (1 − β₁ᵗ)
 *     vₜ   = β₂·vₜ₋₁ + (1 − β₂)·g²         v̂ = vₜ / (1 − β₂ᵗ); with amsgrad, of max(v₁ … vₜ)
 *     θₜ₊₁ = θₜ − α·m̂ / (√v̂ + ε)           m₀ = v₀ = 0
 *
 * Cost: one phase; two slots of the weights' size, three with amsgrad.
 * Slots: m, v: shape of the weight, start at zero. vMax: the same, only with amsgrad.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing. With ε = 0, a weight whose v is 0 stays. The card has the dialects of other libraries.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 0.999, 1e-8.
 * @param options.epsilonOn  √v̂ + ε: `'corrected'`; √v + ε, then the correction: `'uncorrected'`. Default `'corrected'`.
 * @param options.amsgrad, amsgradOn  Whether v never falls (AMSGrad), and whether the maximum is of v̂: `'corrected'`, or
 *     of v: `'uncorrected'`. Defaults false, `'uncorrected'`.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adam({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1
 * @see Reddi et al., "On the Convergence of Adam and Beyond", ICLR 2018, algorithm 2
 */
export class Adam extends optimizerOf('tfjs-inject/Adam', adamSpecs) {
  getGroupedUpdates() {
    const {beta1, beta2, epsilon, epsilonOn, amsgrad, amsgradOn} = this.options;
    const isMaximumOfCorrected = amsgrad && amsgradOn === 'corrected';
    return [
      updateGroup({
        name: 'adam',
        slots: {m: 'zeros', v: 'zeros', ...(amsgrad && {vMax: 'zeros'})},
        // α·m̂/(√v̂ + ε) = α·s/(1 − β₁ᵗ) · m/(√v + ε·s) with s = √(1 − β₂ᵗ): the corrections are scalars.
        scalars: ({iterations: t, learningRate}) => {
          const correction = 1 - beta2 ** t;
          const scale = isMaximumOfCorrected ? 1 : Math.sqrt(correction);
          const epsilonScale = epsilonOn === 'corrected' ? 1 : 1 / Math.sqrt(correction);
          const rate = (learningRate * scale) / (1 - beta1 ** t);
          return {rate, stability: epsilon * scale * epsilonScale, correction};
        },
        update: ({vMax, rate, stability, correction, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const {m, v} = moments(operands, gradient, this.options);
          const maximum = amsgrad && vMax.maximum(isMaximumOfCorrected ? v.div(correction) : v);
          const step = quotient(m.mul(rate), (maximum || v).sqrt(), epsilon === 0 ? 0 : stability);
          return {m, v, ...(maximum && {vMax: maximum}), weight: weight.sub(step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adam);
