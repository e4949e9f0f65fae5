import * as tf from '@tensorflow/tfjs-core';
import type {RuleGroup} from '../../src/index.js';
import {runFused} from '../../src/rules/fused.js';
import {inputsOf, overTensors, rules, type Tensors} from '../../test/support/ruleInputs.js';
import {ulps} from '../../test/support/ulps.js';
import type {AccuracyRow} from '../results.js';
import {sizeOf} from './shapes.js';

const shapes: readonly number[][] = [[], [0], [1], [3], [5, 1, 7], [2, 1, 2, 1, 2, 3], [8192], [100_003]];

/** Every rule of the registry as a kernel of this backend, against the same rule read operation by operation on it. */
export async function accuracy(isQuick: boolean): Promise<AccuracyRow[]> {
  const most = isQuick ? 8192 : Number.POSITIVE_INFINITY;
  // TensorFlow.js's `where` gives WebGPU buffers of no bytes, which it refuses.
  const least = tf.getBackend() === 'webgpu' ? 1 : 0;
  const chosen = shapes.filter(shape => sizeOf(shape) >= least && sizeOf(shape) <= most);
  const large = isQuick ? [] : [[10_000_000]];
  const rows: AccuracyRow[] = [];
  for (const [name, group] of rules) {
    rows.push(await compare(name, group, name.startsWith('Adam,') ? [...chosen, ...large] : chosen));
  }
  return rows;
}

async function compare(rule: string, group: RuleGroup, over: readonly number[][]): Promise<AccuracyRow> {
  let [elements, differing, largest] = [0, 0, 0];
  const without: string[] = [];
  for (const shape of over) {
    const {tensors, numbers} = inputsOf(group, shape);
    const own = Object.keys(group.slots);
    const fused = await read(tensors, () => runFused(rule, group.update, tensors, numbers, own));
    const expected = fused && (await read(tensors, () => reference(group, tensors, numbers, shape)));
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

/** The numbers of all results, which are freed, but for those that are inputs. */
async function read(
  inputs: Tensors,
  run: () => Tensors | undefined,
): Promise<Record<string, Float32Array> | undefined> {
  const results = tf.tidy(() => run() as Tensors);
  if (!results) return undefined;
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(results)) {
    values[name] = Float32Array.from((await tensor.data()) as Float32Array);
  }
  for (const tensor of Object.values(results)) if (!Object.values(inputs).includes(tensor)) tensor.dispose();
  return values;
}
