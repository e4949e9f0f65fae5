import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import type {OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {centralized} from '../rules/index.js';
import {tapGradients} from './shared/tapGradients.js';
import {unitAxes} from './shared/unitAxes.js';

const specs = {weights: weightsSpec};

export type CentralizeGradientsOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Takes from the gradient of each output unit its mean, so that the sum of the
 * unit's weights stays where it started. It regularizes, and smooths the loss,
 * where inputs are not centred.
 *
 * For the gradient g of each unit of a weight of rank 2 and more:
 *     g ← g − mean(g)
 *
 * A unit is what feeds one output: all axes but the last of a kernel [in, out] or [h, w, in, out], of the fused kernels
 * of recurrent layers as well; the first two axes of a depthwise kernel [h, w, in, multiplier]; all but the last but one of
 * a transposed convolution's [h, w, out, in]; the row of an embedding. Vectors stay, and so do weights whose units have one
 * element, which could never move.
 *
 * Cost: no further phase, no slot; a mean and a difference for each weight.
 * Runs on: gradients.
 * Changes: gradients, in each phase of a step.
 * Neutral setting: weights that choose vectors only.
 * Order: before clips, which then see what is left.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from the paper: nothing; with `weights` that choose convolutions, it is the authors' `gc_conv_only`. Ranger has it
 *     built in, in the authors' form: for all axes but the last of any weight.
 *
 * @param options.weights  Which weights' gradients: a name, a regular expression, a layer, a predicate, or a list of
 *     these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new CentralizeGradients().inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Yong et al., "Gradient Centralization", ECCV 2020, equation 1
 */
export class CentralizeGradients extends pluginOf('tfjs-inject/CentralizeGradients', specs) {
  override apply(injection: Injection): void {
    tapGradients(this, injection, stages.centralize, chosen =>
      chosen.map(([weight, gradient]) => {
        const axes = gradient.rank < 2 ? [] : unitAxes(weight);
        return axes.every(axis => gradient.shape[axis] === 1) ? gradient : centralized(gradient, axes);
      }),
    );
  }
}

tf.serialization.registerClass(CentralizeGradients);
