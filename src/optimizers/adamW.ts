import * as tf from '@tensorflow/tfjs-core';
import {number, type OptionsOf, oneOf} from '../inject/options.js';
import {Adam} from './adam.js';
import {adamSpecs} from './shared/adamSpecs.js';

const specs = {
  ...adamSpecs,
  weightDecay: number(0.01, {min: 0}),
  decay: oneOf('decoupled', 'decoupled', 'independent'),
};

export type AdamWOptions = Partial<OptionsOf<typeof specs>>;

/**
 * Adam with a decay of the weights that does not go through m and v, so that
 * it pulls all weights alike. The usual choice for transformers.
 *
 * Update rule, for each weight θ (any shape), step t:
 *     θ̃    = θₜ − α·λ·θₜ                   or, with decay 'independent', θₜ − λ·θₜ
 *     θₜ₊₁ = θ̃ − α·m̂ / (√v̂ + ε)           m̂ and v̂ as in Adam, from g at θₜ
 *
 * Cost: one phase; two slots of the weights' size, three with amsgrad.
 * Slots: m, v: shape of the weight, start at zero. vMax: the same, only with amsgrad.
 * Reports: the loss and metrics of phase 1.
 * Differs from the paper: its factor η of a schedule multiplies both parts. Here the learning rate is α·η, which is
 *     what `'decoupled'` multiplies λ by, as in torch; `'independent'` multiplies it by nothing, as in TF Addons.
 *
 * @param options.weightDecay, decay  λ ≥ 0; `'decoupled'` or `'independent'`. Defaults 0.01, `'decoupled'`.
 * @param options.learningRate, beta1, beta2, epsilon, epsilonOn, amsgrad, amsgradOn  as Adam has them.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * model.compile({optimizer: new AdamW({learningRate: 0.01, weightDecay: 0.1}), loss: 'meanSquaredError'});
 * await model.fit(x, y, {epochs: 10});
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2
 */
export class AdamW extends Adam {
  static override readonly className = 'tfjs-inject/AdamW';

  constructor(options?: AdamWOptions) {
    super(options, specs);
  }
}

tf.serialization.registerClass(AdamW);
