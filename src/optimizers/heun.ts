import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {rate} from '../inject/options.js';
import {updateGroup} from '../rules/index.js';

export type HeunOptions = Partial<Heun['options']>;

/**
 * Heun's method (the explicit trapezoidal rule) on the gradient flow θ′ = −∇L:
 * a plain gradient step, corrected by the gradient at where it leads. Its error
 * per unit of time falls with α², that of gradient descent with α; it pays where
 * the loss is curved and the batches are large.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     g₁   = ∇L(θₜ)
 *     θ̃    = θₜ − α·g₁                 phase 1, the predictor
 *     g₂   = ∇L(θ̃)                     same batch, same random masks
 *     θₜ₊₁ = θ̃ − ½α·(g₂ − g₁)          phase 2, the corrector: θₜ − ½α·(g₁ + g₂)
 *
 * Cost: two phases per step; one slot of the weights' size, and a copy of the weights during the step.
 * Slots: firstGradient: shape of the weight, starts at zero; written and read within each step.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing. Called HeunOptimizer in the article on invasive optimizers for Keras.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `NOT_INJECTED` from `fit` without `inject`.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new Heun({learningRate: 0.1}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Süli and Mayers, "An Introduction to Numerical Analysis", Cambridge 2003, eq. 12.14
 */
export class Heun extends optimizerOf('tfjs-inject/Heun', {learningRate: rate(0.01)}) {
  override get order(): number {
    return 2;
  }

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'predictor',
        slots: {firstGradient: 'zeros'},
        update: ({weight, gradient, learningRate}) => ({
          weight: weight.sub(gradient.mul(learningRate)),
          firstGradient: gradient,
        }),
      }),
      updateGroup({
        name: 'corrector',
        slots: {firstGradient: 'zeros'},
        scalars: ({learningRate}) => ({halfRate: learningRate / 2}),
        update: ({weight, gradient, firstGradient, halfRate}) => ({
          weight: weight.sub(gradient.sub(firstGradient).mul(halfRate)),
        }),
      }),
    ];
  }
}

tf.serialization.registerClass(Heun);
