import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../../errors.js';
import type {Injection} from '../../inject/injection.js';
import type {InjectPlugin} from '../../inject/injectPlugin.js';
import {type OptionsOf, oneOf, rate} from '../../inject/options.js';
import {membersOfGroup} from '../../inject/seat.js';
import {choiceOf, weightsSpec} from '../../inject/selectWeights.js';
import {stages} from '../../inject/stages.js';
import type {Weight, WeightMap} from '../../inject/weight.js';
import {elementwise, largestFloat32, norm, type Operand} from '../../rules/index.js';

/** The options of what climbs before it takes the gradient. */
export const ascentSpecs = (rho: number) => ({
  rho: rate(rho),
  alpha: rate(0, {min: 0, max: 1}),
  norm: oneOf('global', 'global', 'perWeight'),
  weights: weightsSpec,
});

/** A plugin that climbs: one per model, whichever it is. */
type Climber = InjectPlugin<OptionsOf<ReturnType<typeof ascentSpecs>>>;

/** How long a climb is, T being what a weight's lengths are divided by. */
export interface Metric {
  /** T·g. */
  scaled(weight: Weight, gradient: tf.Tensor): tf.Tensor;
  /** θ + ρ·T·(T·g)/‖T·g‖, and θ where the norm is 0 or not finite. */
  place(weight: Weight, scaled: tf.Tensor, norm: tf.Scalar, rho: number): tf.Tensor;
}

const climbers = ['SAM', 'ASAM'];

/**
 * Makes a plugin take each phase's gradients at weights moved uphill.
 *
 * @throws InjectError `PLUGIN_CONFLICT`, `INVALID_OPTION` where `weights` chooses none.
 */
export function tapAscent(injection: Injection, plugin: Climber, metric: Metric): void {
  const {hooks, plugins, weights} = injection;
  const {name} = plugin;
  const other = plugins.find(each => climbers.includes(each.name));
  if (other) {
    throw new InjectError(
      'PLUGIN_CONFLICT',
      `a model takes one of ${climbers.join(' and ')}, for each takes the gradient at a place of its own; ` +
        `received ${name} beside ${other.name}`,
    );
  }
  const isChosen = choiceOf(name, plugin.options.weights, weights);
  hooks.groups.tap(name, groups => {
    if (groups.flatMap(membersOfGroup).some(group => group.kind === 'compute' && group.evaluates)) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        `${name} needs an optimizer that takes gradients only where its phases begin; a line search compares losses ` +
          `and gradients of one function, of which ${name} would replace one`,
      );
    }
  });
  hooks.evaluated.tap({name, stage: stages.perturb}, ({loss, gradients}, phase) => {
    const completed = phase.step.iterations - 1;
    const [rho, alpha] = [plugin.rateOf('rho', completed), plugin.rateOf('alpha', completed)];
    const chosen = [...gradients].filter(([weight]) => isChosen(weight));
    if (rho === 0 || alpha === 1 || chosen.length === 0) return;
    const places = placesOf(chosen, metric, plugin.options.norm, rho);
    return {loss, gradients: mixedWith(gradients, alpha, phase.evaluateWith(places).gradients)};
  });
}

type Climb = 'scaled' | 'norm' | 'rho';

/**
 * ρ·a/‖a‖. Where the norm is 0 there is no direction; where it is infinite or NaN, the gradient at the weights themselves
 * is what shows it to whoever guards.
 */
export function climbIn({scaled, norm, rho}: Readonly<Record<Climb, Operand>>): Operand {
  // The same for all elements, so that a kernel computes it once.
  const length = norm.greater(0).select(norm.lessEqual(largestFloat32).select(rho.div(norm), 0), 0);
  return length.greater(0).select(scaled.mul(length), 0);
}

export const along = elementwise<Climb | 'weight', 'place'>('ascent', ({weight, ...climb}) => ({
  place: weight.add(climbIn(climb)),
}));

const mixture = elementwise<'clean' | 'displaced' | 'alpha' | 'rest', 'gradient'>(
  'mixture',
  ({clean, displaced, alpha, rest}) => ({gradient: clean.mul(alpha).add(displaced.mul(rest))}),
);

function placesOf(
  gradients: readonly (readonly [Weight, tf.Tensor])[],
  {scaled, place}: Metric,
  per: 'global' | 'perWeight',
  rho: number,
): Map<Weight, () => tf.Tensor> {
  const all = gradients.map(([weight, gradient]) => [weight, scaled(weight, gradient)] as const);
  const global = per === 'global' && norm(...all.map(([, tensor]) => tensor));
  return new Map(
    all.map(([weight, tensor]) => [weight, () => place(weight, tensor, global || norm(tensor), rho)]),
  );
}

function mixedWith(clean: WeightMap, alpha: number, displaced: WeightMap): WeightMap {
  if (alpha === 0) return displaced;
  return new Map(
    [...displaced].map(([weight, gradient]) => [
      weight,
      mixture({clean: clean.get(weight) ?? 0, displaced: gradient, alpha, rest: 1 - alpha}).gradient,
    ]),
  );
}
