import * as tf from '@tensorflow/tfjs-core';
import type {RuleGroup} from '../../src/index.js';
import {sizeOf} from './shapes.js';

export interface RuleInputs {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Inputs for a rule as a step would give it. */
export function ruleInputs(group: RuleGroup, shape: readonly number[]): RuleInputs {
  const tensors: Record<string, tf.Tensor> = {weight: values(shape, 0), gradient: values(shape, 1)};
  for (const [i, [slot, start]] of Object.entries(group.slots).entries()) {
    const own = typeof start === 'object' ? start.shape(shape) : shape;
    tensors[slot] = tf.tidy(() => {
      const value = values(own, i + 2);
      // What rules take a root of is a mean or a sum of squares.
      return /^(v|n|s|u|vMax|sum|mean|stepFactor)/.test(slot) ? tf.square(value) : value;
    });
  }
  const {scalars, counters} = group;
  const computed = typeof scalars === 'function' && scalars({iterations: 7, learningRate: 0.01, counters});
  return {tensors, numbers: {learningRate: 0.01, ...computed}};
}

/** Of either sign and many sizes; some are 0, 1 or −1. */
function values(shape: readonly number[], seed: number): tf.Tensor {
  const size = sizeOf(shape);
  const all = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    all[i] = i % 7 === 6 ? ((i + seed) % 3) - 1 : Math.sin(i * (seed + 1.5) + seed) * 10 ** ((i % 5) - 2);
  }
  return tf.tensor(all, [...shape], 'float32');
}
