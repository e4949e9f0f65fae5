import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {number, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {clippedTogether} from './shared/clipFactor.js';
import {tapGradients} from './shared/tapGradients.js';
import {threshold} from './shared/threshold.js';

const specs = {clipNorm: threshold(), epsilon: number(0, {min: 0}), weights: weightsSpec};

export type ClipByGlobalNormOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Scales down all gradients by one factor where their norm, taken together,
 * exceeds a threshold: the step keeps its direction, and one bad batch cannot
 * throw the weights far. The usual clip for recurrent nets and transformers.
 *
 * For the gradients g₁, g₂, … of all weights, taken as one vector g:
 *     gᵢ ← gᵢ·min(1, c/(‖g‖ + ε))
 *
 * Cost: no further phase, no slot; two reductions for each weight, and a product where there is something to clip (on a GPU always).
 * Runs on: gradients.
 * Changes: gradients, in each phase of a step.
 * Neutral setting: clipNorm Infinity.
 * Order: after centralization, before noise and decay; among clips, in the order of use.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from torch, optax: where ‖g‖ is not finite, all gradients become NaN, as in Keras, where theirs become 0 but
 *     for the infinite ones. A ‖g‖ beyond 10³²·c counts as infinite (in theirs, beyond 10¹⁹).
 *
 * @param options.clipNorm  c, the largest norm. > 0, Infinity for none, or a function of the completed steps. Must be given.
 * @param options.epsilon   ε. ≥ 0: 0 as in optax, Keras and TensorFlow; 1e-6 in torch. Default 0.
 * @param options.weights   Which weights' gradients are counted and scaled: a name, a regular expression, a layer, a
 *     predicate, or a list of these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new ClipByGlobalNorm({clipNorm: 1}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1
 */
export class ClipByGlobalNorm extends pluginOf('tfjs-inject/ClipByGlobalNorm', specs) {
  override apply(injection: Injection): void {
    const {epsilon} = this.options;
    tapGradients(this, injection, stages.clip, (chosen, {step}) => {
      const clipNorm = this.rateOf('clipNorm', step.iterations - 1);
      if (clipNorm === Number.POSITIVE_INFINITY) return undefined;
      const gradients = chosen.map(([, gradient]) => gradient);
      return clippedTogether(gradients, clipNorm, epsilon);
    });
  }
}

tf.serialization.registerClass(ClipByGlobalNorm);
