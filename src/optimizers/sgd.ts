import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {InjectOptimizer, type InjectOptimizerOptions} from '../inject/injectOptimizer.js';
import {flag, number, type Rate, rate} from '../inject/options.js';
import {updateGroup} from '../rules/updateGroup.js';

export interface SGDOptions extends InjectOptimizerOptions {
  /** μ, how much of the former velocity stays: ≥ 0, below 1. Default 0. */
  momentum?: number;
  /** Whether the step looks ahead along the velocity. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, with momentum and Nesterov's momentum as torch
 * defines them: the plain optimizer, and the one that Heun and Lookahead are
 * measured against.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     vₜ   = μ·vₜ₋₁ + g          v₀ = 0
 *     θₜ₊₁ = θₜ − α·vₜ           or, with nesterov, θₜ − α·(g + μ·vₜ)
 *
 * Cost: one phase; with momentum, one slot of the weights' size.
 * Slots: velocity: shape of the weight, starts at zero; only with momentum.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: Polyak and Sutskever put α inside the velocity, v = μ·v − α·g; with a constant rate the
 *     path is the same, with a changing one it is not.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.momentum      μ. ≥ 0, below 1. Default 0.
 * @param options.nesterov      Default false; needs a momentum above 0.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new SGD({learningRate: 0.1, momentum: 0.9}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, eq. 1–4
 */
export class SGD extends InjectOptimizer<{learningRate: Rate; momentum: number; nesterov: boolean}> {
  static readonly className = 'tfjs-inject/SGD';

  constructor(options?: SGDOptions) {
    super(options, {
      learningRate: rate(0.01),
      momentum: number(0, {min: 0, below: 1}),
      nesterov: flag(false),
    });
    if (this.options.nesterov && this.options.momentum === 0) {
      throw new InjectError(
        'INVALID_OPTION',
        'nesterov of SGD needs a momentum above 0; received momentum 0',
      );
    }
  }

  getGroupedUpdates() {
    const {momentum, nesterov} = this.options;
    if (momentum === 0) {
      return [
        updateGroup({
          name: 'descent',
          update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
        }),
      ];
    }
    return [
      updateGroup({
        name: nesterov ? 'nesterov' : 'momentum',
        slots: {velocity: 'zeros'},
        update: ({weight, gradient, velocity, learningRate}) => {
          const v = velocity.mul(momentum).add(gradient);
          const direction = nesterov ? gradient.add(v.mul(momentum)) : v;
          return {velocity: v, weight: weight.sub(direction.mul(learningRate))};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(SGD);
