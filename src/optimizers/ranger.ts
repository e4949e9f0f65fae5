import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, integer, number} from '../inject/options.js';
import {centralized, moments, quotient, updateGroup} from '../rules/index.js';
import {momentSpecs} from './shared/momentSpecs.js';
import {rectification} from './shared/rectification.js';

export type RangerOptions = Partial<Ranger['options']>;

/**
 * RAdam, Lookahead and gradient centralization in one optimizer: a strong
 * default where nobody has tuned anything.
 *
 * Update rule, for each weight θ (any shape), step t, with slow weights φ, and r, ρ as in RAdam:
 *     g    = ∇L(θₜ), less its mean over all axes but the last, for rank 2 and more
 *     m    = β₁·m + (1 − β₁)·g             v = β₂·v + (1 − β₂)·g²
 *     θ̃    = θₜ·(1 − α·λ) − α·m̂·(r·√(1 − β₂ᵗ)/(√v + ε)  if ρ > 5,  else 1)
 *     θₜ₊₁ = φ ← φ + ½·(θ̃ − φ)            after every k = 6 steps, else θ̃
 *
 * Cost: one phase; three slots of the weights' size.
 * Slots: m, v: shape of the weight, start at zero. slow: starts as the weight.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: it has none; this is the authors' release 20.4.11. Its evaluation sees the fast weights; for
 *     the slow ones, take RAdam with the plugin Lookahead.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.001.
 * @param options.k, alpha  Steps per sync of φ, an integer ≥ 1; how far φ goes towards θ̃, 0 to 1. Defaults 6, 0.5. With
 *     alpha 1 there are no slow weights.
 * @param options.beta1, beta2, epsilon  β₁, β₂: ≥ 0, below 1; ε: > 0. Defaults 0.95, 0.999, 1e-5.
 * @param options.threshold    ≥ 4, which ρ must exceed for v to be trusted. Default 5.
 * @param options.weightDecay  λ, decoupled. ≥ 0. Default 0.
 * @param options.centralize   Whether gradients of matrices and kernels are centralized. Default true.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Ranger({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Wright, "Ranger deep learning optimizer", release 20.4.11; Yong et al., "Gradient Centralization", ECCV 2020
 */
export class Ranger extends optimizerOf('tfjs-inject/Ranger', {
  ...momentSpecs({beta1: 0.95}),
  k: integer(6, {min: 1}),
  alpha: number(0.5, {min: 0, max: 1}),
  epsilon: number(1e-5, {min: Number.MIN_VALUE}),
  threshold: number(5, {min: 4}),
  weightDecay: number(0, {min: 0}),
  centralize: flag(true),
}) {
  getGroupedUpdates() {
    const {k, alpha, epsilon, weightDecay, centralize} = this.options;
    return [
      updateGroup({
        name: 'ranger',
        slots: {m: 'zeros', v: 'zeros', slow: 'weight'},
        scalars: context => ({
          ...rectification(this.options, context),
          decay: context.learningRate * weightDecay,
          isSync: context.iterations % k === 0 ? 1 : 0,
        }),
        ...(centralize && {prepareGradient: centralized}),
        update: operands => {
          const {weight, gradient, slow} = operands;
          const {isRectified, momentumRate, adaptiveRate, decay, isSync} = operands;
          const {m, v} = moments(operands, gradient, this.options);
          const decayed = weightDecay === 0 ? weight : weight.sub(weight.mul(decay));
          const adaptive = quotient(m.mul(adaptiveRate), v.sqrt(), epsilon);
          const fast = decayed.sub(isRectified.equal(1).select(adaptive, m.mul(momentumRate)));
          const synced = alpha === 1 ? fast : slow.add(fast.sub(slow).mul(alpha));
          const isSynced = isSync.equal(1);
          return {m, v, slow: isSynced.select(synced, slow), weight: isSynced.select(synced, fast)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Ranger);
