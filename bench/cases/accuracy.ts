import * as tf from '@tensorflow/tfjs-core';
import type {RuleGroup} from '../../src/index.js';
import {applyRule} from '../../src/rules/elementwise.js';
import {fusion, runFused} from '../../src/rules/fused.js';
import {optimizers} from '../../test/contract/registry.js';
import type {AccuracyRow} from '../results.js';
import {type RuleInputs, ruleInputs} from './ruleInputs.js';
import {sizeOf} from './shapes.js';
import {ulps} from './ulps.js';

const shapes: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [3],
  [5, 1, 7],
  [2, 1, 2, 1, 2, 3],
  [8192],
  [100_003],
];

/** Every rule of the registry as a kernel of this backend, against the same rule read operation by operation on it. */
export function accuracy(isQuick: boolean): AccuracyRow[] {
  const rules = optimizers.flatMap(({name, make}) => {
    const groups = make(0.01).getGroupedUpdates();
    if (!('length' in groups)) return [];
    const isSeveral = groups.length > 1;
    return groups.flatMap(group =>
      group.kind === 'rule' ? [[isSeveral ? `${name}, ${group.name}` : name, group] as const] : [],
    );
  });
  const most = isQuick ? 8192 : Number.POSITIVE_INFINITY;
  const chosen = shapes.filter(([length = 1]) => length <= most);
  return rules.map(([name, group]) => {
    const isAdam = name === 'Adam';
    return compare(name, group, isAdam && !isQuick ? [...chosen, [10_000_000]] : chosen);
  });
}

function compare(rule: string, group: RuleGroup, over: readonly (readonly number[])[]): AccuracyRow {
  let [elements, differing, largest] = [0, 0, 0];
  const without: string[] = [];
  for (const shape of over) {
    const inputs = ruleInputs(group, shape);
    const fused = read(() => runFused(rule, group.update, inputs.tensors, inputs.numbers));
    const expected = fused && read(() => overTensors(rule, group, inputs, shape));
    tf.dispose(inputs.tensors);
    // `tf.where` of numbers alone makes one element of none.
    if (
      !fused ||
      !expected ||
      Object.keys(expected).some(key => expected[key]!.length !== fused[key]!.length)
    ) {
      without.push(`[${shape}]`);
      continue;
    }
    for (const [name, wanted] of Object.entries(expected)) {
      const actual = fused[name]!;
      elements += wanted.length;
      for (let i = 0; i < wanted.length; i++) {
        if (actual[i] === wanted[i]) continue;
        const distance = ulps(actual[i]!, wanted[i]!);
        if (distance > 0) differing++;
        largest = Math.max(largest, distance);
      }
    }
  }
  return {rule, elements, differing, largest: Number.isFinite(largest) ? largest : null, without};
}

function overTensors(
  rule: string,
  group: RuleGroup,
  {tensors, numbers}: RuleInputs,
  shape: readonly number[],
): Record<string, tf.Tensor> | undefined {
  fusion.isOn = false;
  try {
    return applyRule(rule, group.update, [tensors], numbers)[0]!;
  } catch (error) {
    // TensorFlow.js's `where` does not take every empty tensor, nor on a GPU one of five dimensions.
    if (sizeOf(shape) > 0 && shape.length < 5) throw error;
    return undefined;
  } finally {
    fusion.isOn = true;
  }
}

/** The numbers of all results, which are freed; a GPU's are waited for here. */
function read(run: () => Record<string, tf.Tensor> | undefined): Record<string, Float32Array> | undefined {
  let values: Record<string, Float32Array> | undefined;
  tf.tidy(() => {
    const results = run();
    values =
      results &&
      Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [
          name,
          Float32Array.from(tensor.dataSync() as Float32Array),
        ]),
      );
  });
  return values;
}
