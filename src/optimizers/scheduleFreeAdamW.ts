import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, rate} from '../inject/options.js';
import {movingMean, quotient, updateGroup} from '../rules/index.js';
import {scheduleFree, scheduleFreeSpecs} from './shared/scheduleFree.js';

export type ScheduleFreeAdamWOptions = Partial<ScheduleFreeAdamW['options']>;

/**
 * Schedule-free AdamW: an average of the weights takes the place of a schedule
 * that lets the learning rate fall, so that training may end at any time.
 *
 * Update rule, for each weight x (any shape), step t, with γ = α·min(1, t/warmupSteps):
 *     y    = (1 − β₁)·z + β₁·xₜ                    z₀ = x₀
 *     vₜ   = β₂·vₜ₋₁ + (1 − β₂)·g²                 g = ∇L(y), v₀ = 0
 *     z    ← z − γ·(g/(√(vₜ/(1 − β₂ᵗ)) + ε) + λ·y)
 *     c    = wₜ/(w₁ + … + wₜ)                      wₜ = tʳ·(largest γ so far)²
 *     xₜ₊₁ = (1 − c)·xₜ + c·z
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: z: starts as the weight. v: shape of the weight, starts at zero. Counters: weightSum, rateMax.
 * Reports: the loss and metrics of phase 1, at y. Validation, saving and the end of fit see x.
 * Differs from the paper: its γ has the bias correction in it, and with that its wₜ; both are as in the authors' code since 1.3.
 *
 * @param options.learningRate   α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.0025.
 * @param options.beta1          β₁: 0 to 1. Default 0.9.
 * @param options.beta2, epsilon  β₂: ≥ 0, below 1; ε ≥ 0. Defaults 0.999, 1e-8.
 * @param options.weightDecay    λ, at y. ≥ 0. Default 0.
 * @param options.warmupSteps    integer ≥ 0. Default 0.
 * @param options.r              power of t in wₜ. ≥ 0. Default 0.
 * @param options.weightLrPower  power of the largest γ in wₜ. ≥ 0. Default 2.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `NEEDS_LOSS` from applyGradients.
 * @example
 * model.compile({optimizer: new ScheduleFreeAdamW({learningRate: 0.01}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Defazio et al., "The Road Less Scheduled", NeurIPS 2024, arXiv 2405.15682, algorithm 1
 */
export class ScheduleFreeAdamW extends optimizerOf('tfjs-inject/ScheduleFreeAdamW', {
  learningRate: rate(0.0025),
  beta1: number(0.9, {min: 0, max: 1}),
  beta2: number(0.999, {min: 0, below: 1}),
  epsilon: number(1e-8, {min: 0}),
  ...scheduleFreeSpecs,
}) {
  getGroupedUpdates() {
    const {beta1, beta2, epsilon} = this.options;
    const {move, ...average} = scheduleFree(this.options, beta1);
    return [
      updateGroup({
        name: 'schedule-free adamw',
        slots: {z: 'weight', v: 'zeros'},
        ...average,
        // As in Adam, the correction of √v̂ is a scalar.
        scalars: context => {
          const scale = Math.sqrt(1 - beta2 ** context.iterations);
          return {...average.scalars(context), scale, stability: epsilon * scale};
        },
        update: ({scale, stability, ...operands}) => {
          const {gradient} = operands;
          const v = movingMean(operands.v, gradient.mul(gradient), beta2);
          const step = quotient(gradient.mul(scale), v.sqrt(), epsilon === 0 ? 0 : stability);
          return {v, ...move(operands, step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(ScheduleFreeAdamW);
