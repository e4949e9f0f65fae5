import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {oneOf} from '../inject/options.js';
import {decayed, movingMean, quotient, updateGroup} from '../rules/index.js';
import {adamKinSpecs} from './shared/adamKinSpecs.js';

export type AdamaxOptions = Partial<Adamax['options']>;

/**
 * Adam with the greatest recent gradient in place of the root of v: steps that
 * are bounded by the learning rate, and steady where gradients are sparse.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     mₜ   = β₁·mₜ₋₁ + (1 − β₁)·g
 *     uₜ   = max(β₂·uₜ₋₁, |g| + ε)         or, with epsilonOn 'maximum', without ε
 *     θₜ₊₁ = θₜ − α/(1 − β₁ᵗ)·mₜ / uₜ      … / (uₜ + ε)
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: m, u: shape of the weight, start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: it has no ε. With ε = 0, a weight whose u is 0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.002.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 0.999, 1e-8.
 * @param options.epsilonOn  ε is added to |g| within the maximum, `'gradient'`; or to u, `'maximum'`. Default the former.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adamax({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 2
 */
export class Adamax extends optimizerOf('tfjs-inject/Adamax', {
  ...adamKinSpecs({learningRate: 0.002}),
  epsilonOn: oneOf('gradient', 'gradient', 'maximum'),
}) {
  getGroupedUpdates() {
    const {beta1, beta2, epsilon, epsilonOn} = this.options;
    const [inside, outside] = epsilonOn === 'gradient' ? [epsilon, 0] : [0, epsilon];
    return [
      updateGroup({
        name: 'adamax',
        slots: {m: 'zeros', u: 'zeros'},
        scalars: ({iterations: t, learningRate}) => ({rate: learningRate / (1 - beta1 ** t)}),
        update: ({rate, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const m = movingMean(operands.m, gradient, beta1);
          const u = operands.u.mul(beta2).maximum(gradient.abs().add(inside));
          return {m, u, weight: weight.sub(quotient(m.mul(rate), u, outside))};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adamax);
