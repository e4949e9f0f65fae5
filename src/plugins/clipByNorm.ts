import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import type {OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {weightsSpec} from '../inject/selectWeights.js';
import {stages} from '../inject/stages.js';
import {clippedTogether} from './shared/clipFactor.js';
import {tapGradients} from './shared/tapGradients.js';
import {threshold} from './shared/threshold.js';

const specs = {clipNorm: threshold(), weights: weightsSpec};

export type ClipByNormOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Scales down each weight's gradient whose norm exceeds a threshold, keeping
 * its direction: for weights of very different gradients, each by itself.
 *
 * For the gradient g of each weight, taken as one vector:
 *     g ← g·min(1, c/‖g‖)
 *
 * Cost: no further phase, no slot; two reductions for each weight, and a product where there is something to clip (on a GPU always).
 * Runs on: gradients.
 * Changes: gradients, in each phase of a step.
 * Neutral setting: clipNorm Infinity.
 * Order: after centralization, before noise and decay; among clips, in the order of use.
 * Evaluation: the training weights.
 * Saved: nothing.
 * Differs from Keras's `clipnorm`: where ‖g‖ is not finite, that weight's gradient becomes NaN, as a whole. A ‖g‖ beyond
 *     10³²·c counts as infinite.
 *
 * @param options.clipNorm  c, the largest norm. > 0, Infinity for none, or a function of the completed steps. Must be given.
 * @param options.weights   Which weights' gradients: a name, a regular expression, a layer, a predicate, or a list of
 *     these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new ClipByNorm({clipNorm: 1}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1
 */
export class ClipByNorm extends pluginOf('tfjs-inject/ClipByNorm', specs) {
  override apply(injection: Injection): void {
    tapGradients(this, injection, stages.clip, (chosen, {step}) => {
      const clipNorm = this.rateOf('clipNorm', step.iterations - 1);
      if (clipNorm === Number.POSITIVE_INFINITY) return undefined;
      return chosen.flatMap(([, gradient]) => clippedTogether([gradient], clipNorm));
    });
  }
}

tf.serialization.registerClass(ClipByNorm);
