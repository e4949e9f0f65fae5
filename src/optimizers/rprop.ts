import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {optimizerOf} from '../inject/optimizerOf.js';
import {number, rate} from '../inject/options.js';
import {sign, updateGroup} from '../rules/index.js';

export type RpropOptions = Partial<Rprop['options']>;

/**
 * Rprop: a step size for each weight, which grows while its gradient keeps its
 * sign and shrinks when that changes; the gradient's size does not matter. For
 * full batches: the noise of small ones changes signs at random.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     aₜ   = sign(g)·dₜ₋₁                            d₀ = 0
 *     fₜ   = η₊·fₜ₋₁ where aₜ > 0, η₋·fₜ₋₁ where aₜ < 0, else fₜ₋₁; with α·fₜ between the two bounds
 *     dₜ   = 0 where aₜ < 0, else sign(g)
 *     θₜ₊₁ = θₜ − α·fₜ·dₜ                            f₀ = 1
 *
 * Cost: one phase; two slots of the weights' size.
 * Slots: stepFactor: shape of the weight, starts at 1; direction: shape of the weight, starts at zero.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: after a change of sign it stands still for a step, as torch does, and does not step back.
 *
 * @param options.learningRate  α, the first step's size; scales all steps. ≥ 0, finite, or a function of the completed
 *     steps. Default 0.01.
 * @param options.etaMinus, etaPlus  η₋ above 0, below 1, by which a step shrinks; η₊ ≥ 1, by which it grows. Defaults
 *     0.5, 1.2.
 * @param options.minStepSize, maxStepSize  The bounds of a step: ≥ 0, and ≥ minStepSize. Defaults 1e-6, 50.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Rprop(), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10, batchSize: x.shape[0]});
 * @see Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", ICNN 1993, eq. 4–7
 */
export class Rprop extends optimizerOf('tfjs-inject/Rprop', {
  learningRate: rate(0.01),
  etaMinus: number(0.5, {min: Number.MIN_VALUE, below: 1}),
  etaPlus: number(1.2, {min: 1}),
  minStepSize: number(1e-6, {min: 0}),
  maxStepSize: number(50, {min: 0}),
}) {
  constructor(options?: RpropOptions) {
    super(options);
    const {minStepSize, maxStepSize} = this.options;
    if (minStepSize > maxStepSize) {
      throw new InjectError(
        'INVALID_OPTION',
        `minStepSize of Rprop must be ≤ maxStepSize; received ${minStepSize} and ${maxStepSize}`,
      );
    }
  }

  getGroupedUpdates() {
    const {etaMinus, etaPlus, minStepSize, maxStepSize} = this.options;
    return [
      updateGroup({
        name: 'rprop',
        slots: {stepFactor: 1, direction: 'zeros'},
        // At a rate of 0 no factor is out of bounds.
        scalars: ({learningRate}) => ({
          minFactor: learningRate > 0 ? Math.min(minStepSize / learningRate, largest) : 0,
          maxFactor: learningRate > 0 ? Math.min(maxStepSize / learningRate, largest) : largest,
        }),
        update: ({weight, gradient, stepFactor, direction, learningRate, minFactor, maxFactor}) => {
          const now = sign(gradient);
          const agreement = now.mul(direction);
          const factor = agreement
            .greater(0)
            .select(stepFactor.mul(etaPlus), agreement.less(0).select(stepFactor.mul(etaMinus), stepFactor))
            .maximum(minFactor)
            .minimum(maxFactor);
          const next = agreement.less(0).select(0, now);
          return {
            stepFactor: factor,
            direction: next,
            weight: weight.sub(next.mul(factor).mul(learningRate)),
          };
        },
      }),
    ];
  }
}

/** About the largest number of float32. */
const largest = 3e38;

tf.serialization.registerClass(Rprop);
