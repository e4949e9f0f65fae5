import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import {flag, number, type OptionsOf} from '../inject/options.js';
import {pluginOf} from '../inject/pluginOf.js';
import type {Weight} from '../inject/weight.js';
import {elementwise, type Operand} from '../rules/index.js';
import {along, ascentSpecs, climbIn, type Metric, tapAscent} from './shared/ascent.js';

const specs = {...ascentSpecs(0.5), eta: number(0.01, {min: 0}), scalesBiases: flag(false)};

export type ASAMOptions = Partial<OptionsOf<typeof specs>>;

const sizeOf = (weight: Operand, eta: Operand) => weight.abs().add(eta);

const scaled = elementwise<'weight' | 'gradient' | 'eta', 'scaled'>('scaled', ({weight, gradient, eta}) => ({
  scaled: sizeOf(weight, eta).mul(gradient),
}));

const adaptively = elementwise<'weight' | 'scaled' | 'norm' | 'rho' | 'eta', 'place'>(
  'adaptive ascent',
  ({weight, eta, ...climb}) => ({place: weight.add(sizeOf(weight, eta).mul(climbIn(climb)))}),
);

/** As the authors' code tells them: by what layers call them. */
const isBias = ({key}: Weight) => /(^|\/)(bias|beta)(_\d+)?(#\d+)?$/.test(key);

/**
 * Adaptive sharpness-aware minimization around any optimizer: SAM whose
 * neighbourhood is as wide in each direction as the weight is large, so that
 * scaling a layer up and the next one down changes nothing of it.
 *
 * In each phase of the optimizer, for the chosen weights θ (any shape; the others stay where they are):
 *     g  = ∇L(θ)
 *     T  = |θ| + η                 elementwise; 1 for biases
 *     e  = ρ·T²·g/‖T·g‖            ‖T·g‖ over all chosen weights together, or over each; e = 0 where it is 0
 *     g̃  = ∇L(θ + e)               same batch, same masks, same layer states; of all weights
 *     the phase's gradient is α·g + (1 − α)·g̃
 *
 * Cost: one further evaluation in each phase; two copies of the chosen weights while it runs. None in a step where ρ = 0.
 * Runs on: groups, evaluated.
 * Changes: gradients.
 * Neutral setting: rho = 0, or alpha = 1.
 * Order: after a window's average, of which it sees the whole; before what guards and clips gradients. One of SAM and ASAM
 *     per model. Refused around an optimizer that searches along a line (LBFGS).
 * Evaluation: the weights as they are.
 * Saved: nothing.
 * Differs from the authors' code: loss and metrics are those of the first evaluation. Biases are told by their names, which end
 *     in `bias` or `beta`, as there by what is not named `weight`.
 *
 * @param options.rho      ρ, how far to go. ≥ 0, or a function of the completed steps. Default 0.5, as the authors' code.
 * @param options.eta      η, which a weight of 0 is moved by. ≥ 0. Default 0.01.
 * @param options.scalesBiases  whether T is |θ| + η for biases as well (davda54/sam, pytorch_optimizer). Default false.
 * @param options.alpha    α, the share of the gradient at the weights themselves. 0 to 1, or a function of the completed steps.
 *     Default 0.
 * @param options.norm     `'global'`, or `'perWeight'`: each chosen weight goes ρ. Default `'global'`.
 * @param options.weights  which weights are moved: a name of a weight or layer, a regular expression, a layer, a predicate, or
 *     a list of these. Default all.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`; `PLUGIN_CONFLICT` for a second one on a model, around a line search, or around a generator of groups.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * new ASAM({rho: 0.5}).inject(model);
 * await model.fit(x, y, {epochs: 10});
 * @see Kwon et al., "ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant Learning of Deep Neural Networks", ICML
 *     2021, equation 8 and algorithm 1
 */
export class ASAM extends pluginOf('tfjs-inject/ASAM', specs) {
  readonly evaluationsPerPhase = 1;

  override apply(injection: Injection): void {
    const {eta, scalesBiases} = this.options;
    const isScaled = (weight: Weight) => scalesBiases || !isBias(weight);
    const adaptive: Metric = {
      scaled: (weight, gradient) =>
        isScaled(weight) ? scaled({weight: weight.variable, gradient, eta}).scaled : gradient,
      place: (weight, direction, norm, rho) => {
        const climb = {weight: weight.variable, scaled: direction, norm, rho};
        return isScaled(weight) ? adaptively({...climb, eta}).place : along(climb).place;
      },
    };
    tapAscent(injection, this, adaptive);
  }
}

tf.serialization.registerClass(ASAM);
