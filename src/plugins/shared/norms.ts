import * as tf from '@tensorflow/tfjs-core';
import type {Weight, WeightMap} from '../../inject/weight.js';
import {squareSum, totalOf} from '../../rules/index.js';

/** Scalars by the names that they have in logs. */
export type Named = [name: string, scalar: tf.Tensor];

/** Σ a² of each tensor. */
export function squaresOf(tensors: WeightMap): WeightMap {
  return new Map([...tensors].map(([weight, tensor]) => [weight, squareSum([tensor])]));
}

/** Σ (θ − start)² of each weight that has a start. */
export function squaresSince(starts: WeightMap): WeightMap {
  const since = ([weight, start]: [Weight, tf.Tensor]) =>
    [weight, squareSum([tf.sub(weight.variable, start)])] as const;
  return new Map([...starts].map(since));
}

/** The norm of all tensors taken as one vector, from their square sums; with `perWeight`, each one's as well. */
export function normsOf(name: string, squares: WeightMap, perWeight: boolean): Named[] {
  const sums = [...squares.values()];
  const all = sums.length === 0 ? tf.scalar(0) : totalOf(sums);
  const each = perWeight ? [...squares] : [];
  return [[name, tf.sqrt(all)], ...each.map(([{key}, sum]) => [`${name}/${key}`, tf.sqrt(sum)] as Named)];
}

/** The ratio of two lists of norms, with the names of the first; 0 where the second is 0. */
export function ratiosOf(norms: readonly Named[], others: readonly Named[]): Named[] {
  return norms.map(([name, norm], i) => [name, tf.divNoNan(norm, others[i]![1])]);
}
