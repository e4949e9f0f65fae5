import * as tf from '@tensorflow/tfjs-core';
import {largest, norm} from '../rules/reductions.js';
import {checkOptions, number} from './options.js';
import type {Phase} from './phase.js';
import {isWeight, mapProblem, refuse} from './tensorProblem.js';
import type {WeightMap} from './weight.js';

/** How far apart the two gradients are taken. */
export interface HessianVectorProductOptions {
  /** ε: the displacement's norm, by 1 + ‖θ‖. > 0. Default ∛(2⁻²³) ≈ 0.005, where rounding and curvature's change weigh alike. */
  readonly relativeStep?: number;
}

const specs = {relativeStep: number(Math.cbrt(2 ** -23), {min: Number.MIN_VALUE})};

/**
 * H·v, the Hessian of a phase's loss times a vector, by a central difference
 * of two gradients on the phase's batch, with its masks and layer states:
 *
 *     H·v ≈ (∇L(θ + h·v) − ∇L(θ − h·v))/2h        h = ε·(1 + ‖θ‖)/‖v‖
 *
 * Good to three or four digits in float32. Differentiating a gradient is no
 * way to it in TensorFlow.js, where several gradients are themselves not
 * differentiable (tanh's, ELU's), some of them without saying so.
 *
 * @param phase   what the hooks `evaluated`, `gradients` and `afterPhase` receive.
 * @param vector  v; weights that are absent count as zero. θ is of the weights that are there.
 * @returns H·v for every weight that has a gradient; it belongs to the step and is freed with it. Nothing is read back.
 * @throws InjectError `SHAPE_MISMATCH` where a vector has not its weight's shape, `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * injection.hooks.evaluated.tap('curvature', ({gradients}, phase) => {
 *   const product = hessianVectorProduct(phase, gradients);
 *   for (const [weight, tensor] of product) console.log(weight.key, tensor.dataSync());
 * });
 */
export function hessianVectorProduct(
  phase: Pick<Phase, 'evaluateAt'>,
  vector: WeightMap,
  options?: HessianVectorProductOptions,
): WeightMap {
  const {relativeStep} = checkOptions('hessianVectorProduct', options, specs);
  refuse(mapProblem(vector, isWeight), must => `a vector of the weights must be ${must}`);
  if (vector.size === 0) return new Map();
  const weights: Parameters<WeightMap['get']>[0][] = [];
  const products = tf.tidy(() => {
    const tensors = [...vector.values()];
    const or1 = (scalar: tf.Tensor) => tf.where(tf.greater(scalar, 0), scalar, 1);
    // Divided by its largest element first: float32 holds no square of what is very small or large.
    const scale = or1(largest(tensors));
    const directions = tensors.map(tensor => tf.div(tensor, scale));
    const here = norm(...[...vector.keys()].map(({variable}) => variable));
    const step = tf.div(tf.mul(relativeStep, tf.add(1, here)), or1(norm(...directions)));
    const gradientsAt = (sign: number) => {
      const shifts = directions.map(direction => tf.mul(tf.mul(direction, step), sign));
      return phase.evaluateAt(new Map([...vector.keys()].map((weight, i) => [weight, shifts[i]!]))).gradients;
    };
    const [ahead, behind] = [gradientsAt(1), gradientsAt(-1)];
    const factor = tf.div(scale, tf.mul(2, step));
    return [...ahead].map(([weight, gradient]) => {
      weights.push(weight);
      return tf.mul(tf.sub(gradient, behind.get(weight)!), factor);
    });
  });
  return new Map(weights.map((weight, i) => [weight, products[i]!]));
}
