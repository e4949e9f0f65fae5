import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {oneOf} from '../inject/options.js';
import {moments, quotient, updateGroup} from '../rules/index.js';
import {momentSpecs} from './shared/momentSpecs.js';

export type ExtraGradientOptions = Partial<ExtraGradient['options']>;

/**
 * The extragradient method: a look ahead, then a step from where it began by the gradient there. Good for games (GANs,
 * min-max problems), where gradient descent spirals outwards; ExtraAdam with base 'adam'.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     θ̃    = θₜ − α·∇L(θₜ)                    phase 1, the extrapolation
 *     θₜ₊₁ = θₜ − α·∇L(θ̃)                     phase 2, from θₜ; same batch, same random masks
 * or, with base 'adam', in place of the gradient of the k-th phase since the start (2t − 1, then 2t)
 *     m̂ / (√v̂ + ε)                            m̂ and v̂ as in Adam at step k, which m and v go on through both phases
 *
 * Cost: two phases per step; one slot of the weights' size, three with base 'adam'.
 * Slots: start: shape of the weight, starts as the weight; written and read within each step. m, v: start at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: both phases see the same batch; Gidel et al. draw one for each.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.base          `'sgd'`: the plain method; `'adam'`: ExtraAdam. Default `'sgd'`.
 * @param options.beta1, beta2, epsilon  of base 'adam'. β₁, β₂: ≥ 0, below 1; ε: ≥ 0. Defaults 0.9, 0.999, 1e-8.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `NOT_INJECTED` from `fit` without `inject`.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new ExtraGradient({learningRate: 0.1}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Korpelevich, "The extragradient method for finding saddle points and other problems", Matecon 1976
 * @see Gidel et al., "A Variational Inequality Perspective on GANs", ICLR 2019, arXiv 1802.10551, algorithm 4
 */
export class ExtraGradient extends optimizerOf('tfjs-inject/ExtraGradient', {
  ...momentSpecs({learningRate: 0.01}),
  base: oneOf('sgd', 'sgd', 'adam'),
}) {
  getGroupedUpdates() {
    return [this.phase('extrapolation', 1), this.phase('step', 2)];
  }

  private phase(name: string, index: 1 | 2) {
    const {base, beta1, beta2, epsilon} = this.options;
    const isAdam = base === 'adam';
    return updateGroup({
      name,
      slots: {start: 'weight', ...(isAdam && {m: 'zeros', v: 'zeros'})},
      scalars: ({iterations, learningRate}) => {
        const k = 2 * (iterations - 1) + index;
        const scale = Math.sqrt(1 - beta2 ** k);
        return {rate: (learningRate * scale) / (1 - beta1 ** k), stability: epsilon * scale};
      },
      update: ({weight, gradient, learningRate, start, rate, stability, ...operands}) => {
        const from = index === 1 ? weight : start;
        const kept = {...(index === 1 && {start: from})};
        if (!isAdam) return {...kept, weight: from.sub(gradient.mul(learningRate))};
        const {m, v} = moments(operands, gradient, this.options);
        const step = quotient(m.mul(rate), v.sqrt(), epsilon === 0 ? 0 : stability);
        return {...kept, m, v, weight: from.sub(step)};
      },
    });
  }
}

tf.serialization.registerClass(ExtraGradient);
