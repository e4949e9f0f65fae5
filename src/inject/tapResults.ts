import {shown} from '../errors.js';
import type {Evaluated} from './evaluation.js';
import type {Phase} from './phase.js';
import {isGroup} from './seat.js';
import {isTensor, isWeight, mapProblem, type Problem, refuse} from './tensorProblem.js';
import type {WeightMap} from './weight.js';

type Check = (result: never, args: never) => Problem | undefined;

const checks: Readonly<Record<string, Check>> = {
  evaluated: (result: Evaluated, [former, phase]: readonly [Evaluated, Phase]) => {
    if (!isTensor(result?.loss) || result.loss.isDisposed || result.loss.size !== 1)
      return ['{loss, gradients}, where loss is a tensor of one number', shown(result?.loss ?? result)];
    return gradientsProblem(result.gradients, former.gradients, phase);
  },
  gradients: (result: WeightMap, [former, phase]: readonly [WeightMap, Phase]) =>
    gradientsProblem(result, former, phase),
  evaluationWeights: (result: unknown) => (result === null ? undefined : mapProblem(result, isWeight)),
  groups: (result: unknown) =>
    Array.isArray(result) && result.length > 0 && result.every(isGroup)
      ? undefined
      : ['an array of one or more update groups', shown(result)],
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
    const isSame = result === undefined || result === args[0];
    // A tap may have changed the map that it was given.
    if (isSame && hookName !== 'gradients') return;
    const problem = check((isSame ? args[0] : result) as never, args as never);
    if (problem) problem[1] += ` from '${tap}'`;
    refuse(problem, must => `a tap of hook '${hookName}' must ${isSame ? 'leave' : 'return'} ${must}`);
  };
}

function gradientsProblem(result: unknown, former: WeightMap, {step}: Phase): Problem | undefined {
  if (result === former) return mapProblem(result, isWeight);
  // The former map, first: looking through a list for each of a thousand weights would be felt.
  return mapProblem(result, weight => former.has(weight) || step.weights.includes(weight));
}
