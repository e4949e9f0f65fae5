import type * as tf from '@tensorflow/tfjs-core';
import {atHand, elementwise, largestFloat32, type Operand, squareSum} from '../../rules/index.js';

const factor = elementwise<'squares' | 'limit' | 'epsilon', 'factor'>(
  'clip',
  ({squares, limit, epsilon}) => ({factor: clipFactor(squares.sqrt().add(epsilon), limit)}),
);

/**
 * What a gradient of this norm is to be multiplied by, to bring it down to
 * `limit` where it is above: limit/norm, else 1. NaN where the norm is not
 * finite: 0, which the formula gives, makes 0 of all that is finite, and hides it.
 */
export function clipFactor(norm: Operand, limit: Operand): Operand {
  const shrink = norm.lessEqual(largestFloat32).select(limit.div(norm), Number.NaN);
  return norm.lessEqual(limit).select(1, shrink);
}

/**
 * A power of two by which what is compared to `least`, or to something larger,
 * is to be scaled before it is squared. Of numbers up to 10³²·least the squares
 * then stay finite; without it, up to 10¹⁹.
 */
export function scaleFor(least: number): number {
  return 2 ** Math.min(126, Math.max(-126, -45 - Math.floor(Math.log2(least))));
}

/** The gradients, scaled so that their norm taken together is at most `clipNorm`. */
export function clippedTogether(gradients: readonly tf.Tensor[], clipNorm: number, epsilon = 0): tf.Tensor[] {
  const scale = scaleFor(clipNorm);
  const squares = squareSum(gradients, scale);
  const {factor: shrink} = factor({squares, limit: clipNorm * scale, epsilon: epsilon * scale});
  if (atHand(shrink) === 1) return [...gradients];
  return gradients.map(gradient => scaled({gradient, shrink}).gradient);
}

const scaled = elementwise<'gradient' | 'shrink', 'gradient'>('clipped', ({gradient, shrink}) => ({
  gradient: gradient.mul(shrink),
}));
