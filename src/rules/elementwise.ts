import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Operand} from './operand.js';
import {TensorOperand} from './tensorOperand.js';

/**
 * Makes a function over tensors of an elementwise formula over operands: what a
 * group that is a function over tensors uses for the part of it that is
 * elementwise. Numbers are scalars; tensors of one element are broadcast.
 *
 * @param name what errors call the formula.
 * @param rule receives each input as an operand, and returns operands by name.
 * @returns the function; its results belong to the caller's tidy, and may be inputs.
 * @throws InjectError `INVALID_OPTION` where the formula returns what is no operand.
 * @example
 * const decayed = elementwise('decay', ({weight, rate}) => ({weight: weight.sub(weight.mul(rate))}));
 * const {weight} = decayed({weight: variable, rate: 0.01});
 */
export function elementwise<I extends string, O extends string>(
  name: string,
  rule: (operands: Readonly<Record<I, Operand>>) => Readonly<Record<O, Operand>>,
): (inputs: Readonly<Record<I, tf.Tensor | Operand | number>>) => Record<O, tf.Tensor> {
  return inputs =>
    tf.tidy(() => {
      const operands = {} as Record<I, Operand>;
      for (const [key, input] of Object.entries(inputs) as [I, tf.Tensor | Operand | number][]) {
        operands[key] = input instanceof TensorOperand ? input : operandOf(input as tf.Tensor | number);
      }
      const results = {} as Record<O, tf.Tensor>;
      for (const [key, result] of Object.entries(rule(operands)) as [O, Operand][]) {
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

/** On the device, scalars are float32. */
function operandOf(input: tf.Tensor | number): Operand {
  return new TensorOperand(typeof input === 'number' ? tf.scalar(input) : input);
}

/** Scalars as operands, made once for all weights of a step. */
export function scalarOperands(scalars: Readonly<Record<string, number>>): Record<string, Operand> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, operandOf(value)]));
}
