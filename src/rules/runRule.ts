import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Operand} from './operand.js';
import {TensorOperand} from './tensorOperand.js';
import type {NewTensors, RuleGroup} from './updateGroup.js';

/** Scalars as operands, made once per step; on the device they are float32. */
export function scalarOperands(scalars: Readonly<Record<string, number>>): Record<string, Operand> {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [name, new TensorOperand(tf.scalar(value))]),
  );
}

/** Reads a rule over the tensors of one weight. The new tensors belong to the caller's tidy; they may be inputs. */
export function runRule(
  group: RuleGroup,
  inputs: Readonly<Record<string, tf.Tensor>>,
  scalars: Readonly<Record<string, Operand>>,
): NewTensors {
  return tf.tidy(() => {
    const operands: Record<string, Operand> = {...scalars};
    for (const [name, tensor] of Object.entries(inputs)) operands[name] = new TensorOperand(tensor);
    const results: Record<string, tf.Tensor> = {};
    for (const [name, result] of Object.entries(group.update(operands))) {
      if (!(result instanceof TensorOperand)) {
        throw new InjectError(
          'INVALID_OPTION',
          `group '${group.name}' must return an operand as '${name}'; received ${shown(result)}`,
        );
      }
      results[name] = result.tensor;
    }
    return results;
  });
}
