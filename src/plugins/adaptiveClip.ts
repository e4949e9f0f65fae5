import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Injection} from '../inject/injection.js';
import {flag, number, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import type {Weight} from '../inject/weight.js';
import {elementwise, scaledSquare, squareSum} from '../rules/index.js';
import {clipFactor, scaleFor} from './shared/clipFactor.js';
import {tapGradients} from './shared/tapGradients.js';
import {threshold} from './shared/threshold.js';
import {unitAxes} from './shared/unitAxes.js';

const specs = {
  clipping: threshold(0.01),
  epsilon: number(1e-3, {above: 0}),
  clipOutput: flag(false),
  weights: weightsSpec,
};

export type AdaptiveClipOptions = Partial<OptionsOf<typeof specs>>;

const factorOf = elementwise<'gradientSquares' | 'weightSquares' | 'epsilon' | 'rate', 'factor'>(
  'adaptive clip',
  ({gradientSquares, weightSquares, epsilon, rate}) => ({
    factor: clipFactor(gradientSquares.sqrt(), weightSquares.sqrt().maximum(epsilon).mul(rate)),
  }),
);

/**
 * Adaptive gradient clipping: limits the gradient of each output unit in
 * proportion to the unit's weights. With it deep networks train at large
 * batches without batch normalization.
 *
 * For each unit with the weights θ and the gradient g:
 *     g ← g·min(1, λ·max(‖θ‖, ε)/‖g‖)
 *
 * A unit is what feeds one output: all axes but the last of a kernel [in, out] or [h, w, in, out], of the fused kernels
 * of recurrent layers as well; the first two axes of a depthwise kernel [h, w, in, multiplier]; all but the last but one of
 * a transposed convolution's [h, w, out, in]; the row of an embedding. A weight with one axis longer than 1, or none (biases,
 * scalars), is one unit.
 *
 * Cost: no further phase, no slot; two norms and a product for each weight.
 * Runs on: gradients.
 * Changes: gradients, in each phase of a step.
 * Neutral setting: clipping Infinity.
 * Order: after centralization, before noise and decay; among clips, in the order of use.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from the paper: nothing. From optax: there an axis of a rank-3 weight counts as a head, and embeddings go by columns.
 *     Where ‖g‖ of a unit is not finite (or beyond 10³²·λ·ε), the unit's gradient becomes NaN, as a whole.
 *
 * @param options.clipping    λ, the largest ratio of the norms. > 0, Infinity for none, or a function of the completed
 *     steps. Default 0.01.
 * @param options.epsilon     ε, what a smaller norm of weights counts as. > 0. Default 0.001.
 * @param options.clipOutput  Whether the layers of the model's outputs are clipped as well. Default false, as in the paper.
 * @param options.weights     Which weights' gradients: a name, a regular expression, a layer, a predicate, or a list of
 *     these. Default all.
 * @throws InjectError `INVALID_OPTION`, also where all chosen weights are of output layers; `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new AdaptiveClip({clipping: 0.01, clipOutput: true}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Brock et al., "High-Performance Large-Scale Image Recognition Without Normalization", ICML 2021, equation 3
 */
export class AdaptiveClip extends pluginOf('tfjs-inject/AdaptiveClip', specs) {
  override apply(injection: Injection): void {
    const {epsilon, clipOutput} = this.options;
    const isClipped = (weight: Weight) => clipOutput || !weight.isOutput;
    const isChosen = tapGradients(this, injection, stages.clip, (chosen, {step}) => {
      const rate = this.rateOf('clipping', step.iterations - 1);
      if (rate === Number.POSITIVE_INFINITY) return undefined;
      return chosen.map(([weight, gradient]) =>
        isClipped(weight) ? clipped(weight, gradient, rate, epsilon) : gradient,
      );
    });
    const {weights} = injection;
    if (weights.length === 0 || weights.some(weight => isChosen(weight) && isClipped(weight))) return;
    throw new InjectError(
      'INVALID_OPTION',
      'clipOutput of AdaptiveClip must be true where all weights that it may clip are of output layers; received false',
    );
  }
}

function clipped(weight: Weight, gradient: tf.Tensor, rate: number, epsilon: number): tf.Tensor {
  const isVector = gradient.shape.filter(length => length > 1).length <= 1;
  const axes = isVector ? undefined : unitAxes(weight);
  const scale = scaleFor(rate * epsilon);
  const {factor} = factorOf({
    gradientSquares: squaresAlong(gradient, scale, axes),
    weightSquares: squaresAlong(weight.variable, 1, axes),
    epsilon,
    rate: rate * scale,
  });
  return tf.mul(gradient, factor);
}

/** scale²·Σ a², over some axes, which stay with length 1, or over all. */
function squaresAlong(tensor: tf.Tensor, scale: number, axes: number[] | undefined): tf.Tensor {
  return axes ? tf.sum(scaledSquare(tensor, scale), axes, true) : squareSum([tensor], scale);
}

tf.serialization.registerClass(AdaptiveClip);
