import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number} from '../inject/options.js';
import {decayed, moments, quotient, updateGroup} from '../rules/index.js';
import {adamKinSpecs} from './shared/adamKinSpecs.js';
import {nesterovRates} from './shared/nesterovRates.js';
import {orNone} from './shared/orNone.js';

export type NAdamOptions = Partial<NAdam['options']>;

/**
 * Adam that looks ahead along its momentum, as Nesterov does.
 *
 * Update rule, for each weight θ (any shape), step t, m, v and v̂ as in Adam:
 *     μₜ   = β₁·(1 − ½·0.96^(t·ψ))         Πₜ = μ₁·μ₂·…·μₜ
 *     m̄    = μₜ₊₁·mₜ/(1 − Πₜ₊₁) + (1 − μₜ)·g/(1 − Πₜ)
 *     θₜ₊₁ = θₜ − α·m̄ / (√v̂ + ε)
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: m, v: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its m is averaged by μₜ as well; here, as in torch and Keras, by β₁. With ε = 0, a weight whose
 *     v is 0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.002.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 0.999, 1e-8.
 * @param options.momentumDecay  ψ ≥ 0, the pace at which μ rises from β₁/2 to β₁: 0.004 as in torch, 1 as in Keras; or
 *     `'none'`: it is β₁ from the start, as in optax. Default 0.004.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new NAdam({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Dozat, "Incorporating Nesterov Momentum into Adam", ICLR 2016 workshop, algorithm 2
 */
export class NAdam extends optimizerOf('tfjs-inject/NAdam', {
  ...adamKinSpecs({learningRate: 0.002}),
  momentumDecay: orNone(0.004, number(0, {min: 0})),
}) {
  getGroupedUpdates() {
    const {epsilon} = this.options;
    return [
      updateGroup({
        name: 'nadam',
        slots: {m: 'zeros', v: 'zeros'},
        scalars: nesterovRates(this.options),
        update: ({momentumRate, gradientRate, stability, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const {m, v} = moments(operands, gradient, this.options);
          const direction = m.mul(momentumRate).add(gradient.mul(gradientRate));
          const step = quotient(direction, v.sqrt(), epsilon === 0 ? 0 : stability);
          return {m, v, weight: weight.sub(step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(NAdam);
