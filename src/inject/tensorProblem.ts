import {type Tensor, util} from '@tensorflow/tfjs-core';
import {InjectError, type InjectErrorCode, shown} from '../errors.js';
import type {Weight} from './weight.js';

/** What is wrong with a value: what must hold, and what was received. */
export type Problem = [must: string, received: string, code?: InjectErrorCode];

/** Why a value cannot be written into a weight or slot of this shape, or of any, and type; `undefined` where it can. */
export function tensorProblem(
  value: unknown,
  shape?: readonly number[],
  dtype = 'float32',
): Problem | undefined {
  if (!isTensor(value)) return ['a tensor', shown(value)];
  if (value.isDisposed) return ['a tensor', 'one that is disposed of'];
  if (shape && !util.arraysEqual(value.shape, shape as number[]))
    return [`a tensor of shape [${shape}]`, `[${value.shape}]`, 'SHAPE_MISMATCH'];
  if (value.dtype !== dtype) return [`a tensor of type ${dtype}`, value.dtype, 'SHAPE_MISMATCH'];
  return undefined;
}

/** Why a value is no map of weights, each with what can be written into it, or with a function that gives it. */
export function mapProblem(
  value: unknown,
  isKnown: (weight: Weight) => boolean,
  of: 'tensor' | 'function' = 'tensor',
): Problem | undefined {
  if (!(value instanceof Map)) return [`a Map from Weight to ${of}`, shown(value)];
  for (const [weight, entry] of value as Map<Weight, unknown>) {
    if (!isKnown(weight))
      return [
        'a Map whose keys are weights of the step or the model, the objects themselves',
        `the key ${shown(weight)}`,
      ];
    const problem: Problem | undefined =
      of === 'tensor'
        ? tensorProblem(entry, weight.variable.shape, weight.variable.dtype)
        : typeof entry === 'function'
          ? undefined
          : ['a function that gives a tensor', shown(entry)];
    if (problem) return [`${problem[0]} for weight '${weight.key}'`, problem[1], problem[2]];
  }
  return undefined;
}

/** @param must where the message is to say what must hold. */
export function refuse(problem: Problem | undefined, must: (what: string) => string): void {
  if (!problem) return;
  const [what, received, code = 'INVALID_OPTION'] = problem;
  throw new InjectError(code, `${must(what)}; received ${received}`);
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value;
}

export const isWeight = (weight: Partial<Weight> | undefined) => isTensor(weight?.variable);
