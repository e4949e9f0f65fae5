import * as tf from '@tensorflow/tfjs-core';
import type {Operand, RuleGroup} from '../../src/index.js';
import type {Rule} from '../../src/rules/expression.js';
import {TensorOperand} from '../../src/rules/tensorOperand.js';
import {optimizers} from '../contract/registry.js';

export type Tensors = Record<string, tf.Tensor>;
export type Numbers = Record<string, number>;

/** Values of either sign, some of them 0, −0 or equal to those of another tensor. */
export function values(shape: number[], seed: number, isSquare: boolean): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const special = [0, -0, 1, -1];
  const at = (i: number) => {
    const value = i % 5 === 4 ? special[(i / 5 + seed) & 3]! : Math.sin(i * (seed + 1.5) + seed) * 3;
    return isSquare ? value * value : value;
  };
  return tf.tensor(
    Float32Array.from({length: size}, (_, i) => at(i)),
    shape,
    'float32',
  );
}

/** Inputs for a rule as a step would give it. */
export function inputsOf(group: RuleGroup, shape: number[]): {tensors: Tensors; numbers: Numbers} {
  const tensors: Tensors = {weight: values(shape, 0, false), gradient: values(shape, 1, false)};
  for (const [i, [slot, start]] of Object.entries(group.slots).entries()) {
    const own = typeof start === 'object' ? start.shape(shape) : shape;
    // What is rooted must not be negative; what may be, is of either sign.
    tensors[slot] = values(own, i + 2, /^(v|n|s|u|vMax|sum|mean|stepFactor)/.test(slot));
  }
  const {scalars} = group;
  const context = {iterations: 7, learningRate: 0.01, counters: group.counters};
  return {
    tensors,
    numbers: {learningRate: 0.01, ...(typeof scalars === 'function' && scalars(context))},
  };
}

/** The reading over tensors, which kernels are held against. */
export function overTensors(rule: Rule, tensors: Tensors, numbers: Numbers): Tensors {
  const operands: Record<string, Operand> = {};
  for (const [name, tensor] of Object.entries(tensors)) operands[name] = new TensorOperand(tensor);
  for (const [name, value] of Object.entries(numbers)) operands[name] = new TensorOperand(tf.scalar(value));
  return Object.fromEntries(
    Object.entries(rule(operands)).map(([name, result]) => [name, (result as TensorOperand).tensor]),
  );
}

/** The elementwise groups of all optimizers, by name. */
export const rules = optimizers.flatMap(({name, make}) => {
  const groups = make(0.01).getGroupedUpdates();
  return 'length' in groups
    ? groups.flatMap(group => (group.kind === 'rule' ? [[`${name}, ${group.name}`, group] as const] : []))
    : [];
});
