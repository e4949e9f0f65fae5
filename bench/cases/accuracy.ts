import * as tf from '@tensorflow/tfjs-core';
import type {RuleGroup} from '../../src/index.js';
import {runFused} from '../../src/rules/fused.js';
import {inputsOf, overTensors, rules, type Tensors} from '../../test/support/ruleInputs.js';
import {ulps} from '../../test/support/ulps.js';
import type {AccuracyRow} from '../results.js';
import {sizeOf} from './shapes.js';

const shapes: readonly number[][] = [[], [0], [1], [3], [5, 1, 7], [2, 1, 2, 1, 2, 3], [8192], [100_003]];

/** Every rule of the registry as a kernel of this backend, against the same rule read operation by operation on it. */
export function accuracy(isQuick: boolean): AccuracyRow[] {
  const most = isQuick ? 8192 : Number.POSITIVE_INFINITY;
  const chosen = shapes.filter(shape => sizeOf(shape) <= most);
  const large = isQuick ? [] : [[10_000_000]];
  return rules.map(([name, group]) =>
    compare(name, group, name.startsWith('Adam,') ? [...chosen, ...large] : chosen),
  );
}

function compare(rule: string, group: RuleGroup, over: readonly number[][]): AccuracyRow {
  let [elements, differing, largest] = [0, 0, 0];
  const without: string[] = [];
  for (const shape of over) {
    const {tensors, numbers} = inputsOf(group, shape);
    const fused = read(() => runFused(rule, group.update, tensors, numbers));
    const expected = fused && read(() => reference(group, tensors, numbers, shape));
    tf.dispose(tensors);
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

function reference(
  group: RuleGroup,
  tensors: Tensors,
  numbers: Record<string, number>,
  shape: readonly number[],
): Tensors | undefined {
  try {
    return overTensors(group.update, tensors, numbers);
  } catch (error) {
    // TensorFlow.js's `where` does not take every empty tensor, nor on a GPU one of five dimensions.
    if (sizeOf(shape) > 0 && shape.length < 5) throw error;
    return undefined;
  }
}

/** The numbers of all results, which are freed; a GPU's are waited for here. */
function read(run: () => Tensors | undefined): Record<string, Float32Array> | undefined {
  let values: Record<string, Float32Array> | undefined;
  tf.tidy(() => {
    const results = run();
    if (!results) return;
    values = {};
    for (const [name, tensor] of Object.entries(results)) {
      values[name] = Float32Array.from(tensor.dataSync() as Float32Array);
    }
  });
  return values;
}
