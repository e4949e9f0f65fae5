import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {type MethodName, methods} from './methods.js';
import {flow, forward, meanSquares, type Rows} from './network.js';
import {normalNumbers} from './normalNumbers.js';

/** How far from the gradient flow a method is after the same time, with steps of one length. */
export interface Following {
  readonly method: MethodName;
  readonly steps: number;
  /** Each has another starting point. */
  readonly seeds: readonly number[];
}

export const [rows, inputs, units] = [16, 3, 4];
/** About as long as the steepest directions take: later their errors have decayed, and what is left shows no order. */
export const time = 0.5;

/** Of each seed, the distance from where the flow leads, over how far it leads. */
export function follow({method, steps, seeds}: Following): number[] {
  return tf.tidy(() => {
    const data = tf.tile(normalNumbers([0], [rows, inputs], 1), [seeds.length, 1, 1]);
    const target = tf.sum(tf.sin(data), 2, true);
    const hidden = tf.variable(normalNumbers(seeds, [inputs, units], 2));
    const output = tf.variable(normalNumbers(seeds, [units, 1], 3));
    const weightsOf = () => seeds.map((_, i) => [...rowOf(hidden, i), ...rowOf(output, i)]);
    const starts = weightsOf();
    const optimizer = methods[method].make(time / steps);
    const loss = () => tf.sum(meanSquares(forward(data, hidden, output), target)) as tf.Scalar;
    for (let step = 0; step < steps; step++) optimizer.minimize(loss, false, [hidden, output]);
    const ends = weightsOf();
    const regression = rowsOf(data, target);
    for (const each of [optimizer, hidden, output]) each.dispose();
    return starts.map((start, i) => {
      const end = flow(regression, start, units, time);
      return distance(ends[i]!, end) / distance(start, end);
    });
  });
}

const rowOf = (tensor: tf.Tensor, i: number) => {
  const size = tensor.size / tensor.shape[0]!;
  return tensor.dataSync().slice(i * size, (i + 1) * size);
};

function rowsOf(data: tf.Tensor, target: tf.Tensor): Rows {
  const x = rowOf(data, 0);
  return {
    x: Array.from({length: rows}, (_, i) => [...x.slice(i * inputs, (i + 1) * inputs)]),
    y: [...rowOf(target, 0)],
  };
}

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, i) => value - b[i]!));
