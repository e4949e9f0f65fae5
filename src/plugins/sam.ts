import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import type {OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import {along, ascentSpecs, type Metric, tapAscent} from './shared/ascent.js';

const specs = ascentSpecs(0.05);

export type SAMOptions = Partial<OptionsOf<typeof specs>>;

const euclidean: Metric = {
  scaled: (_, gradient) => gradient,
  place: ({variable}, scaled, norm, rho) => along({weight: variable, scaled, norm, rho}).place,
};

/**
 * Sharpness-aware minimization around any optimizer: the gradient where the
 * loss is highest nearby replaces the one at the weights, so that training
 * ends in a flat valley. On an embedding alone it is the fast gradient method
 * (FGM) of adversarial training.
 *
 * In each phase of the optimizer, for the chosen weights θ (any shape; the others stay where they are):
 *     g  = ∇L(θ)
 *     e  = ρ·g/‖g‖                 ‖g‖ over all chosen weights together, or over each; e = 0 where it is 0
 *     g̃  = ∇L(θ + e)               same batch, same masks, same layer states; of all weights
 *     the phase's gradient is α·g + (1 − α)·g̃
 *
 * Cost: one further evaluation in each phase; a copy of the chosen weights while it runs. None in a step where ρ = 0.
 * Runs on: groups, evaluated.
 * Changes: gradients.
 * Neutral setting: rho = 0, or alpha = 1.
 * Order: after a window's average, of which it sees the whole; before what guards and clips gradients. One of SAM and ASAM
 *     per model. Refused around an optimizer that searches along a line (LBFGS).
 * Evaluation: the weights as they are.
 * Saved: nothing.
 * Differs from google-research/sam: loss and metrics are those of the first evaluation; ‖g‖ = 0 gives e = 0, not NaN, and so
 *     does one that float32 does not hold.
 *
 * @param options.rho      ρ, how far to go. ≥ 0, or a function of the completed steps. Default 0.05.
 * @param options.alpha    α, the share of the gradient at the weights themselves. 0 to 1, or a function of the completed steps.
 *     Default 0.
 * @param options.norm     `'global'`, or `'perWeight'`: each chosen weight goes ρ. Default `'global'`.
 * @param options.weights  which weights are moved: a name of a weight or layer, a regular expression, a layer, a predicate, or
 *     a list of these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model, around a line search, or around a generator of groups.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new SAM({rho: 0.05}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Foret et al., "Sharpness-Aware Minimization for Efficiently Improving Generalization", ICLR 2021, equations 2 and 3;
 *     Miyato et al., "Adversarial Training Methods for Semi-Supervised Text Classification", ICLR 2017, equation 2
 */
export class SAM extends pluginOf('tfjs-inject/SAM', specs) {
  readonly evaluationsPerPhase = 1;

  override apply(injection: Injection): void {
    tapAscent(injection, this, euclidean);
  }
}

tf.serialization.registerClass(SAM);
