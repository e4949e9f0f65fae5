import * as tf from '@tensorflow/tfjs-core';
import {optimizerOf} from '../inject/optimizerOf.js';
import {flag, number, rate} from '../inject/options.js';
import {decayed, overRoot, updateGroup} from '../rules/index.js';
import {decaySpecs} from './shared/decaySpecs.js';

export type AdagradOptions = Partial<Adagrad['options']>;

/**
 * Adagrad: each weight's gradient, divided by the root of the sum of all its
 * squares so far. Good for sparse features, whose rare gradients stay large.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     sₜ   = sₜ₋₁ + g²
 *     θₜ₊₁ = θₜ − α·g/(√sₜ + ε)          or, with epsilonInside, θₜ − α·g/√(sₜ + ε)
 *
 * Cost: one phase; one slot of the weights' size.
 * Slots: sumOfSquares: shape of the weight, starts at initialAccumulator.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: nothing, in its diagonal form without projection; δ of the paper is ε. With ε = 0, a weight
 *     whose s is 0 stays.
 *
 * @param options.learningRate  α, step size. ≥ 0, finite, or a function of the completed steps. Default 0.01.
 * @param options.initialAccumulator  s₀. ≥ 0. Default 0 as in torch; 0.1 in optax, Keras and tfjs.
 * @param options.epsilon, epsilonInside  ε ≥ 0, and whether it is under the root. Defaults 1e-10, false as in torch;
 *     1e-7, true in optax, Keras and tfjs.
 * @param options.weightDecay, decay  λ ≥ 0, and what it multiplies: `'l2'`, g + λ·θ; `'decoupled'`, θ − α·λ·θ;
 *     `'independent'`, θ − λ·θ. Defaults 0, `'l2'`.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new Adagrad({learningRate: 0.1}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Duchi, Hazan and Singer, "Adaptive Subgradient Methods", JMLR 2011, figure 1
 */
export class Adagrad extends optimizerOf('tfjs-inject/Adagrad', {
  learningRate: rate(0.01),
  initialAccumulator: number(0, {min: 0}),
  epsilon: number(1e-10, {min: 0}),
  epsilonInside: flag(false),
  ...decaySpecs('l2'),
}) {
  getGroupedUpdates() {
    const {initialAccumulator, epsilon, epsilonInside} = this.options;
    return [
      updateGroup({
        name: 'adagrad',
        slots: {sumOfSquares: initialAccumulator},
        update: ({sumOfSquares, ...operands}) => {
          const {weight, gradient} = decayed(this.options, operands);
          const s = sumOfSquares.add(gradient.mul(gradient));
          const step = overRoot(gradient.mul(operands.learningRate), s, epsilon, epsilonInside);
          return {sumOfSquares: s, weight: weight.sub(step)};
        },
      }),
    ];
  }
}

tf.serialization.registerClass(Adagrad);
