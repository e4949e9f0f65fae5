import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, rate} from '../inject/options.js';
import {decayed, updateGroup} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';

export type SGDOptions = Partial<SGD['options']>;

/**
 * Stochastic gradient descent, with momentum and Nesterov's momentum: the plain
 * optimizer, and the one that Heun and Lookahead are measured against.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     vₜ   = μ·vₜ₋₁ + g          v₀ = 0
 *     θₜ₊₁ = θₜ − α·vₜ           or, with nesterov, θₜ − α·(g + μ·vₜ)
 * With rateInVelocity: vₜ = μ·vₜ₋₁ + α·g, and θₜ₊₁ = θₜ − vₜ or θₜ − (α·g + μ·vₜ).
 *
 * Cost: one phase; with momentum, one slot of the weights' size.
 * Slots: velocity: shape of the weight, starts at zero; only with momentum.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: Polyak and Sutskever have rateInVelocity (with −v for v); with a constant rate the path is the
 *     same, with a changing one it is not.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.momentum, nesterov  μ ≥ 0, below 1; nesterov needs one above 0. Defaults 0, false.
 * @param options.rateInVelocity  Default false as in torch and tfjs; true in the papers and Keras.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'` as in torch.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new SGD({learningRate: 0.1, momentum: 0.9}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, eq. 1–4
 */
export class SGD extends optimizerOf('tfjs-inject/SGD', {
  learningRate: rate(0.01),
  momentum: number(0, {min: 0, below: 1}),
  nesterov: flag(false),
  rateInVelocity: flag(false),
  ...decaySpecs('l2'),
}) {
  constructor(options?: SGDOptions) {
    super(options);
    if (this.options.nesterov && this.options.momentum === 0) {
      throw new InjectError('INVALID_OPTION', 'nesterov of SGD needs a momentum above 0; received 0');
    }
  }

  getGroupedUpdates() {
    const {momentum, nesterov, rateInVelocity} = this.options;
    return [
      updateGroup({
        name: momentum === 0 ? 'descent' : nesterov ? 'nesterov' : 'momentum',
        slots: momentum === 0 ? {} : {velocity: 'zeros'},
        update: ({velocity, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const {learningRate} = operands;
          const push = rateInVelocity ? gradient.mul(learningRate) : gradient;
          const v = momentum > 0 && velocity.mul(momentum).add(push);
          const step = v ? (nesterov ? push.add(v.mul(momentum)) : v) : push;
          const moved = weight.sub(rateInVelocity ? step : step.mul(learningRate));
          return {...(v && {velocity: v}), weight: moved};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(SGD);
