import {type Tensor, util} from '@tensorflow/tfjs-core';
import {InjectError, type InjectErrorCode, shown} from '../errors.js';
import type {Evaluated} from './evaluation.js';
import type {Phase} from './phase.js';
import type {Weight, WeightMap} from './weight.js';

/** What is wrong with what a tap returned: what must hold, and what was received. */
type Problem = [must: string, received: string, code?: InjectErrorCode];

type Check = (result: never, args: never) => Problem | undefined;

const checks: Readonly<Record<string, Check>> = {
  evaluated: (result: Evaluated, [former, phase]: readonly [Evaluated, Phase]) => {
    if (!isTensor(result?.loss) || result.loss.isDisposed || result.loss.size !== 1)
      return ['{loss, gradients}, where loss is a tensor of one number', shown(result?.loss ?? result)];
    return gradientsProblem(result.gradients, former.gradients, phase);
  },
  gradients: (result: WeightMap, [former, phase]: readonly [WeightMap, Phase]) =>
    gradientsProblem(result, former, phase),
  evaluationWeights: (result: unknown) => {
    if (result === null) return undefined;
    if (!(result instanceof Map)) return ['a Map from Weight to tensor', shown(result)];
    for (const [weight, tensor] of result) {
      if (!isTensor(weight?.variable)) return ['a Map whose keys are weights', `the key ${shown(weight)}`];
      const problem = tensorProblem(weight, tensor);
      if (problem) return problem;
    }
    return undefined;
  },
  groups: (result: unknown) =>
    Array.isArray(result) ? undefined : ['an array of update groups', shown(result)],
  skip: (result: {reason?: unknown; action?: unknown} | undefined) =>
    typeof result?.reason === 'string' && ['rollback', 'stop'].includes(result.action as string)
      ? undefined
      : ["{reason, action}, where action is 'rollback' or 'stop'", shown(result)],
};

/**
 * @returns what looks at the results of a hook's taps, where there is something to be seen. Where a tap gives back what it was
 *     given, there is not.
 */
export function checkOf(
  hookName: string,
): ((result: unknown, args: readonly unknown[], tap: string) => void) | undefined {
  const check = checks[hookName];
  if (!check) return undefined;
  return (result, args, tap) => {
    if (result === undefined || result === args[0]) return;
    const problem = check(result as never, args as never);
    if (!problem) return;
    const [must, received, code = 'INVALID_OPTION'] = problem;
    throw new InjectError(
      code,
      `a tap of hook '${hookName}' must return ${must}; received ${received} from '${tap}'`,
    );
  };
}

function gradientsProblem(result: unknown, former: WeightMap, {step}: Phase): Problem | undefined {
  if (!(result instanceof Map)) return ['a Map from Weight to tensor', shown(result)];
  for (const [weight, tensor] of result as Map<Weight, unknown>) {
    // The former map, first: looking through a list for each of a thousand weights would be felt.
    if (!former.has(weight) && !step.weights.includes(weight))
      return ['a Map whose keys are weights of the step, the objects themselves', `the key ${shown(weight)}`];
    if (tensor === former.get(weight)) continue;
    const problem = tensorProblem(weight, tensor);
    if (problem) return problem;
  }
  return undefined;
}

function tensorProblem({key, variable}: Weight, tensor: unknown): Problem | undefined {
  if (!isTensor(tensor)) return [`a tensor for weight '${key}'`, shown(tensor)];
  if (tensor.isDisposed) return [`a tensor for weight '${key}' that is not disposed of`, 'one that is'];
  if (!util.arraysEqual(tensor.shape, variable.shape))
    return [
      `a tensor of shape [${variable.shape}] for weight '${key}'`,
      `[${tensor.shape}]`,
      'SHAPE_MISMATCH',
    ];
  if (tensor.dtype !== variable.dtype)
    return [`a tensor of type ${variable.dtype} for weight '${key}'`, tensor.dtype, 'SHAPE_MISMATCH'];
  return undefined;
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value;
}
