import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, oneOf, rate} from '../inject/options.js';
import {elementwise, norm, type Operand, trustRatio, updateGroup} from '../rules/index.js';

export type LARSOptions = Partial<LARS['options']>;

/**
 * LARS: gradient descent with momentum, whose step is for each weight as a
 * whole in proportion to the weight's norm. Good for convolutional networks at
 * very large batches.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     uₜ   = g + λ·θₜ
 *     rₜ   = η·‖θₜ‖/(‖uₜ‖ + ε)          1 where a norm is 0
 *     vₜ   = μ·vₜ₋₁ + α·rₜ·uₜ           v₀ = 0
 *     θₜ₊₁ = θₜ − vₜ                    or, with nesterov, θₜ − (α·rₜ·uₜ + μ·vₜ)
 *
 * Cost: one phase; with momentum, one slot of the weights' size; two norms for each weight.
 * Slots: velocity: shape of the weight, starts at zero; only with momentum.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: there the denominator of r is ‖g‖ + λ·‖θ‖ (`denominator: 'norms'`).
 *
 * @param options.learningRate      α. ≥ 0, finite, or a function of the completed steps. Default 1: with η, a thousandth of
 *     a weight's norm; but where that is 0, the whole gradient.
 * @param options.trustCoefficient  η. ≥ 0. Default 0.001.
 * @param options.momentum, nesterov  μ ≥ 0, below 1; whether the step looks ahead. Defaults 0.9, false.
 * @param options.rateInVelocity    Default true as in the paper and optax; false, v has no α and the step is α·v, as in torch.
 * @param options.epsilon           ε. ≥ 0. Default 0.
 * @param options.weightDecay       λ. ≥ 0. Default 0.
 * @param options.denominator       `'update'`: ‖u‖, as in optax; `'norms'`: ‖g‖ + λ·‖θ‖. Default `'update'`.
 * @param options.skipVectors       Whether weights of rank 0 and 1 (biases) have r = 1 and no decay. Default false.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new LARS({learningRate: 2, weightDecay: 1e-4}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see You et al., "Large Batch Training of Convolutional Networks", arXiv 1708.03888, algorithm 1
 */
export class LARS extends optimizerOf('tfjs-inject/LARS', {
  learningRate: rate(1),
  trustCoefficient: number(0.001, {min: 0}),
  momentum: number(0.9, {min: 0, below: 1}),
  nesterov: flag(false),
  rateInVelocity: flag(true),
  epsilon: number(0, {min: 0}),
  weightDecay: number(0, {min: 0}),
  denominator: oneOf('update', 'update', 'norms'),
  skipVectors: flag(false),
}) {
  constructor(options?: LARSOptions) {
    super(options);
    if (this.options.nesterov && this.options.momentum === 0) {
      throw new InjectError(
        'INVALID_OPTION',
        'nesterov of LARS needs a momentum above 0; received momentum 0',
      );
    }
  }

  getGroupedUpdates() {
    const {trustCoefficient, momentum, nesterov, rateInVelocity, epsilon, weightDecay} = this.options;
    const {denominator, skipVectors} = this.options;
    const decay = elementwise<'weight' | 'gradient', 'u'>('lars decay', ({weight, gradient}) => ({
      u: gradient.add(weight.mul(weightDecay)),
    }));
    const step = elementwise<Inputs, string>('lars step', (operands): Record<string, Operand> => {
      const {weight, u, velocity, learningRate, weightNorm, updateNorm} = operands;
      const below = denominator === 'norms' ? updateNorm.add(weightNorm.mul(weightDecay)) : updateNorm;
      const ratio = trustRatio(weightNorm, below, {coefficient: trustCoefficient, epsilon});
      if (momentum === 0) return {weight: weight.sub(u.mul(ratio.mul(learningRate)))};
      const push = u.mul(rateInVelocity ? ratio.mul(learningRate) : ratio);
      const v = velocity.mul(momentum).add(push);
      const step = nesterov ? push.add(v.mul(momentum)) : v;
      return {velocity: v, weight: weight.sub(rateInVelocity ? step : step.mul(learningRate))};
    });
    return [
      updateGroup({
        name: 'lars',
        slots: momentum === 0 ? {} : {velocity: 'zeros'},
        compute: ({weights, learningRate}) => {
          return weights.map(({weight, gradient, velocity}) =>
            tf.tidy(() => {
              const isSkipped = skipVectors && weight.rank < 2;
              const u = isSkipped || weightDecay === 0 ? gradient : decay({weight, gradient}).u;
              const norms = isSkipped
                ? {weightNorm: 0, updateNorm: 0}
                : {weightNorm: norm(weight), updateNorm: norm(denominator === 'norms' ? gradient : u)};
              return step({weight, u, velocity: velocity ?? 0, ...norms, learningRate});
            }),
          );
        },
      }),
    ];
  }
}

type Inputs = 'weight' | 'u' | 'velocity' | 'learningRate' | 'weightNorm' | 'updateNorm';

tf.serialization.registerClass(LARS);
