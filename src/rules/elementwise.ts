import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {type Rule, readRule} from './expression.js';
import {computed, type Prepared, prepareFused} from './fused.js';
import type {Operand} from './operand.js';
import {TensorOperand} from './tensorOperand.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Numbers = Readonly<Record<string, number>>;

/**
 * Makes a function over tensors of an elementwise formula over operands: what a
 * group that is a function over tensors uses for the part of it that is
 * elementwise. It runs as one kernel where the backend has one.
 *
 * @param name what errors call the formula.
 * @param rule receives each input as an operand, and returns operands by name. TypeScript cannot see the names of the inputs in it: under
 *     `noUncheckedIndexedAccess` write `elementwise<'weight' | 'rate', 'weight'>(…)`.
 * @returns the function, of tensors of one shape, tensors of shape [], and numbers. Its results belong to the caller's tidy,
 *     and may be inputs.
 * @throws InjectError `INVALID_OPTION` where there is no formula, or it returns what is no operand.
 * @example
 * const decayed = elementwise('decay', ({weight, rate}) => ({weight: weight.sub(weight.mul(rate))}));
 * const {weight} = decayed({weight: variable, rate: 0.01});
 */
export function elementwise<I extends string, O extends string>(
  name: string,
  rule: (operands: Readonly<Record<I, Operand>>) => Readonly<Record<O, Operand>>,
): (inputs: Readonly<Record<I, tf.Tensor | number>>) => Record<O, tf.Tensor> {
  if (typeof rule !== 'function')
    throw new InjectError(
      'INVALID_OPTION',
      `elementwise must be given a name and a function; received ${shown(rule)}`,
    );
  return inputs => {
    const tensors: Record<string, tf.Tensor> = {};
    const numbers: Record<string, number> = {};
    for (const input in inputs) {
      const value: tf.Tensor | number | undefined = inputs[input];
      if (typeof value === 'number') numbers[input] = value;
      else if (value?.dataId) tensors[input] = value;
      else
        throw new InjectError(
          'INVALID_OPTION',
          `'${input}' of '${name}' must be a tensor or a number; received ${shown(value)}`,
        );
    }
    return applyRule(name, rule, [tensors], numbers)[0] as Record<O, tf.Tensor>;
  };
}

/** A rule over the tensors of several weights, with the same numbers for all. The results belong to the caller's tidy. */
export function applyRule(
  name: string,
  rule: Rule,
  weights: readonly Tensors[],
  numbers: Numbers,
  own: readonly string[] = [],
): Record<string, tf.Tensor>[] {
  return prepareRule(name, rule, weights, numbers, own).map(prepared => prepared.run());
}

/**
 * The same, as far as anything of it can fail: kernels are compiled, and what has none is computed.
 *
 * @param own names of slots that nobody but the optimizer sees.
 */
export function prepareRule(
  name: string,
  rule: Rule,
  weights: readonly Tensors[],
  numbers: Numbers,
  own: readonly string[] = [],
): Prepared[] {
  // On the device, scalars are float32.
  let scalars: Record<string, Operand> | undefined;
  const readOverTensors = (tensors: Tensors): Prepared => {
    scalars ??= Object.fromEntries(
      Object.entries(numbers).map(([key, value]) => [key, new TensorOperand(tf.scalar(value))]),
    );
    return computed(overTensors(name, rule, tensors, scalars));
  };
  return weights.map(tensors => prepareFused(name, rule, tensors, numbers, own) ?? readOverTensors(tensors));
}

/** The reading over tensors, operation by operation: on every backend, and the oracle of every kernel. */
function overTensors(
  name: string,
  rule: Rule,
  tensors: Tensors,
  scalars: Readonly<Record<string, Operand>>,
): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const operands: Record<string, Operand> = {...scalars};
    for (const [key, tensor] of Object.entries(tensors)) operands[key] = new TensorOperand(tensor);
    const results: Record<string, tf.Tensor> = {};
    for (const [key, result] of Object.entries(readRule(name, rule, operands))) {
      if (!(result instanceof TensorOperand)) {
        throw new InjectError(
          'INVALID_OPTION',
          `group '${name}' must return an operand as '${key}'; received ${shown(result)}`,
        );
      }
      results[key] = result.tensor;
    }
    return results;
  });
}
