import * as tf from '@tensorflow/tfjs-core';
import {hold} from './hold.js';
import type {UnresolvedLogs} from './hooks.js';
import {isNumber, type Mismatches, numberIn, type Saved, shapeProblem, valuesIn} from './saved.js';

const {fround} = Math;

/**
 * The logs of an epoch's batches, added up as TensorFlow.js adds them: with them in a file, an epoch that goes on from its middle has the logs of all its
 * batches, to the bit.
 */
export class EpochSums {
  private sums = new Map<string, tf.Tensor | number>();
  private rows = 0;

  add(names: readonly string[], logs: UnresolvedLogs): void {
    const rows = logs.size as number;
    this.rows += rows;
    for (const name of names) {
      const value = logs[name];
      const former = this.sums.get(name) ?? 0;
      if (value === undefined) continue;
      // A number was read from a tensor, which TensorFlow.js has added up before.
      if (isNumber(value) && isNumber(former)) this.sums.set(name, fround(former + fround(value * rows)));
      else {
        this.sums.set(name, tf.keep(tf.tidy(() => tf.add(former, tf.mul(value, rows)))));
        tf.dispose(former);
      }
    }
  }

  /** The logs of an epoch of so many rows; `undefined` where not all of them were added. */
  means(rows: number): UnresolvedLogs | undefined {
    if (this.rows !== rows) return undefined;
    const means = [...this.sums].map(([name, sum]) => [
      name,
      isNumber(sum) ? fround(fround(1 / rows) * sum) : tf.keep(tf.tidy(() => tf.mul(tf.div(1, rows), sum))),
    ]);
    return Object.fromEntries(means);
  }

  clear(): void {
    tf.dispose([...this.sums.values()]);
    this.sums = new Map();
    this.rows = 0;
  }

  save(): Saved {
    const tensors = new Map<string, tf.Tensor>();
    const numbers: Record<string, number> = {};
    for (const [name, sum] of this.sums) {
      if (isNumber(sum)) numbers[name] = sum;
      else tensors.set(name, hold(sum));
    }
    return {tensors, data: {rows: this.rows, numbers}};
  }

  mismatches({tensors}: Saved): Mismatches {
    const found = new Map<string, string>();
    for (const [name, tensor] of tensors) {
      const problem = shapeProblem(tensor, {shape: []});
      if (problem) found.set(name, problem);
    }
    return found;
  }

  /** Files of before have none. */
  put({tensors, data}: Saved): void {
    const rows = 'rows' in data ? numberIn(data, 'rows', 'count') : 0;
    const numbers = 'numbers' in data ? valuesIn(data, 'numbers', isNumber) : {};
    this.clear();
    this.rows = rows;
    for (const [name, sum] of Object.entries(numbers)) this.sums.set(name, sum);
    for (const [name, sum] of tensors) this.sums.set(name, hold(sum));
  }
}
