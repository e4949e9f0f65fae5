import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, rate} from '../inject/options.js';
import {updateGroup} from '../rules/index.js';
import {scheduleFree, scheduleFreeSpecs} from './shared/scheduleFree.js';

export type ScheduleFreeSGDOptions = Partial<ScheduleFreeSGD['options']>;

/**
 * Schedule-free SGD: an average of the weights takes the place of a schedule
 * that lets the learning rate fall, so that training may end at any time.
 *
 * Update rule, for each weight x (any shape), step t, with γ = α·min(1, t/warmupSteps):
 *     y    = (1 − β)·z + β·xₜ                      z₀ = x₀
 *     z    ← z − γ·(∇L(y) + λ·y)
 *     c    = wₜ/(w₁ + … + wₜ)                      wₜ = tʳ·(largest γ so far)²
 *     xₜ₊₁ = (1 − c)·xₜ + c·z
 *
 * Cost: one phase; one slot of the weights' size.
 * Slots: z: starts as the weight. Counters: weightSum, rateMax.
 * Reports: the loss and metrics of phase 1, at y. Validation, saving and the end of fit see x.
 * Differs from the paper: γ is not in its wₜ; the square of the largest is as in the authors' code.
 *
 * @param options.learningRate   α, step size. ≥ 0, finite, or a function of the completed steps. Default 1.
 * @param options.momentum       β: 0 to 1; 0 is Polyak's average, 1 primal averaging. Default 0.9.
 * @param options.weightDecay    λ, at y. ≥ 0. Default 0.
 * @param options.warmupSteps    integer ≥ 0. Default 0.
 * @param options.r              power of t in wₜ. ≥ 0. Default 0.
 * @param options.weightLrPower  power of the largest γ in wₜ. ≥ 0. Default 2.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `NEEDS_LOSS` from applyGradients.
 * @example
 * model.compile({optimizer: new ScheduleFreeSGD({learningRate: 0.1}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Defazio et al., "The Road Less Scheduled", NeurIPS 2024, arXiv 2405.15682, eq. 3–5
 */
export class ScheduleFreeSGD extends optimizerOf('tfjs-inject/ScheduleFreeSGD', {
  learningRate: rate(1),
  momentum: number(0.9, {min: 0, max: 1}),
  ...scheduleFreeSpecs,
}) {
  getGroupedUpdates() {
    const {move, ...average} = scheduleFree(this.options, this.options.momentum);
    return [
      updateGroup({
        name: 'schedule-free sgd',
        slots: {z: 'weight'},
        ...average,
        update: operands => move(operands, operands.gradient),
      }),
    ];
  }
}

tf.serialization.registerClass(ScheduleFreeSGD);
