import * as tf from '@tensorflow/tfjs-core';

/** A network x ↦ outputᵀ·tanh(hiddenᵀ·x) for each of several seeds: [seeds, rows, inputs] to [seeds, rows, 1]. */
export function forward(x: tf.Tensor, hidden: tf.Tensor, output: tf.Tensor): tf.Tensor {
  return tf.matMul(tf.tanh(tf.matMul(x, hidden)), output);
}

/** Mean of squared differences over rows: one number per seed. */
export function meanSquares(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  return tf.mean(tf.squaredDifference(a, b), [1, 2]) as tf.Tensor1D;
}

/** Rows of a regression, in double precision. */
export interface Rows {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/**
 * The gradient of the mean of squared errors in double precision, by hand. The weights are those of `hidden`, input by input,
 * then those of `output`.
 */
export function gradient({x, y}: Rows, weights: readonly number[], units: number): number[] {
  const sum = weights.map(() => 0);
  const first = weights.length - units;
  x.forEach((inputs, row) => {
    const activations = Array.from({length: units}, (_, j) =>
      Math.tanh(inputs.reduce((total, value, i) => total + value * weights[i * units + j]!, 0)),
    );
    const made = activations.reduce((total, value, j) => total + value * weights[first + j]!, 0);
    const slope = (2 * (made - y[row]!)) / x.length;
    activations.forEach((value, j) => {
      sum[first + j]! += slope * value;
      const inner = slope * weights[first + j]! * (1 - value ** 2);
      inputs.forEach((input, i) => {
        sum[i * units + j]! += inner * input;
      });
    });
  });
  return sum;
}

/** Where the gradient flow θ′ = −∇L leads in a time, by the classical method of order four in double precision. */
export function flow(
  rows: Rows,
  start: readonly number[],
  units: number,
  time: number,
  steps = 200,
): number[] {
  const length = time / steps;
  const moved = (from: readonly number[], slope: readonly number[], by: number) =>
    from.map((value, i) => value - by * slope[i]!);
  let at = [...start];
  for (let step = 0; step < steps; step++) {
    const a = gradient(rows, at, units);
    const b = gradient(rows, moved(at, a, length / 2), units);
    const c = gradient(rows, moved(at, b, length / 2), units);
    const d = gradient(rows, moved(at, c, length), units);
    at = at.map((value, i) => value - (length / 6) * (a[i]! + 2 * b[i]! + 2 * c[i]! + d[i]!));
  }
  return at;
}
