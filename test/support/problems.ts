import * as tf from '@tensorflow/tfjs-core';

/** Values of all weights of a problem, flat, in double precision. */
export type Vectors = readonly Float64Array[];

/** A loss to be minimized: as a formula in double precision, and as the same loss over tensors. */
export interface Problem {
  readonly name: string;
  readonly weights: readonly {readonly name: string; readonly shape: number[]; readonly start: number[]}[];
  /** One at which every optimizer here is stable. */
  readonly learningRate: number;
  loss64(weights: Vectors): number;
  gradient64(weights: Vectors): Vectors;
  loss(weights: readonly tf.Tensor[]): tf.Scalar;
}

// H·diag(1, 10, 100, 1000)·H with the reflection H = I − ½·11ᵀ: exact in float32 as well.
const curvature = [1, 10, 100, 1000];
const reflection = (i: number, j: number) => (i === j ? 0.5 : -0.5);
const matrix = curvature.map((_, i) =>
  curvature.map((_, j) => curvature.reduce((sum, c, k) => sum + reflection(i, k) * c * reflection(k, j), 0)),
);
const times = (w: Float64Array) => matrix.map(row => row.reduce((sum, a, j) => sum + a * w[j]!, 0));

/** ½wᵀAw − 1ᵀw, with condition number 1,000 and no axis of its own along a weight. */
export const quadratic: Problem = {
  name: 'a quadratic of condition number 1,000',
  weights: [{name: 'w', shape: [4], start: [1, -2, 3, -4]}],
  learningRate: 1.2e-3,
  loss64: ([w]) => times(w!).reduce((sum, a, i) => sum + w![i]! * (a / 2 - 1), 0),
  gradient64: ([w]) => [Float64Array.from(times(w!), a => a - 1)],
  loss: ([w]) =>
    tf.sum(tf.mul(w!, tf.sub(tf.div(tf.squeeze(tf.matMul(matrix, tf.expandDims(w!, 1)), [1]), 2), 1))),
};

/** (1 − x)² + 100·(y − x²)², over two scalars. */
export const rosenbrock: Problem = {
  name: "Rosenbrock's function",
  weights: [
    {name: 'x', shape: [], start: [-1.2]},
    {name: 'y', shape: [], start: [1]},
  ],
  learningRate: 5e-4,
  loss64: ([x, y]) => (1 - x![0]!) ** 2 + 100 * (y![0]! - x![0]! ** 2) ** 2,
  gradient64: ([x, y]) => {
    const valley = y![0]! - x![0]! ** 2;
    return [Float64Array.of(-2 * (1 - x![0]!) - 400 * x![0]! * valley), Float64Array.of(200 * valley)];
  },
  loss: ([x, y]) =>
    tf.add(tf.square(tf.sub(1, x!)), tf.mul(100, tf.square(tf.sub(y!, tf.square(x!))))) as tf.Scalar,
};

const rows = [...Array(12).keys()].map(i => [0, 1, 2].map(j => ((7 * i + 3 * j) % 11) / 5 - 1));
const labels = rows.map((_, i) => ((i * i) % 3 === 0 ? 1 : 0));

/** Mean of log(1 + exp(z)) − y·z over 12 rows, z = x·kernel + bias. */
export const logisticRegression: Problem = {
  name: 'a logistic regression',
  weights: [
    {name: 'kernel', shape: [3, 1], start: [0.5, -1.5, 1]},
    {name: 'bias', shape: [1], start: [-2]},
  ],
  learningRate: 0.5,
  loss64: weights =>
    logits(weights).reduce((sum, z, i) => sum + Math.log1p(Math.exp(z)) - labels[i]! * z, 0) / rows.length,
  gradient64: weights => {
    const residuals = logits(weights).map((z, i) => (1 / (1 + Math.exp(-z)) - labels[i]!) / rows.length);
    const slope = (j: number) => residuals.reduce((sum, r, i) => sum + r * rows[i]![j]!, 0);
    return [
      Float64Array.from([0, 1, 2], slope),
      Float64Array.of(residuals.reduce((sum, residual) => sum + residual, 0)),
    ];
  },
  loss: ([kernel, bias]) =>
    tf.tidy(() => {
      const z = tf.squeeze(tf.add(tf.matMul(rows, kernel as tf.Tensor2D), bias!), [1]);
      return tf.mean(tf.sub(tf.softplus(z), tf.mul(labels, z)));
    }),
};

function logits([kernel, bias]: Vectors): number[] {
  return rows.map(row => row.reduce((sum, x, j) => sum + x * kernel![j]!, bias![0]!));
}

/**
 * Σ sin(u)·cos(v): nonlinear, with derivatives of about 1 of every order, so that methods show their order at
 * steps whose error float32 can see.
 */
export const gradientFlow: Problem = {
  name: 'a nonlinear gradient flow',
  weights: [
    {name: 'u', shape: [3], start: [0.6, -0.5, 0.4]},
    {name: 'v', shape: [3], start: [0.2, 0.3, 0.5]},
  ],
  learningRate: 0.05,
  loss64: ([u, v]) => u!.reduce((sum, a, i) => sum + Math.sin(a) * Math.cos(v![i]!), 0),
  gradient64: ([u, v]) => [
    u!.map((a, i) => Math.cos(a) * Math.cos(v![i]!)),
    v!.map((b, i) => -Math.sin(u![i]!) * Math.sin(b)),
  ],
  loss: ([u, v]) => tf.sum(tf.mul(tf.sin(u!), tf.cos(v!))),
};

const targets = rows.map((_, i) => [0, 1].map(k => (((5 * i + 4 * k) % 7) - 3) / 4));
const [inputs, units, outputs] = [3, 4, 2].map(length => [...Array(length).keys()]) as [
  number[],
  number[],
  number[],
];

/** Mean over 12 rows of ½·|tanh(x·hidden + bias)·output − y|²: two matrices, and a vector. */
export const tanhRegression: Problem = {
  name: 'a tanh regression with two matrices',
  weights: [
    {name: 'hidden', shape: [3, 4], start: [0.5, -1, 0.25, 1.5, -0.75, 0.5, 1, -0.25, 1, 0.75, -1.25, 0.5]},
    {name: 'bias', shape: [4], start: [0.125, -0.5, 0.75, -1]},
    {name: 'output', shape: [4, 2], start: [1, -1.5, -0.5, 0.75, 1.25, 0.5, -1, -0.25]},
  ],
  learningRate: 0.25,
  loss64: weights =>
    forward(weights).reduce((sum, {residuals: [a, b]}) => sum + (a! ** 2 + b! ** 2) / 2, 0) / rows.length,
  gradient64: weights => {
    const passes = forward(weights);
    const mean = (term: (pass: (typeof passes)[number]) => number) =>
      passes.reduce((sum, pass) => sum + term(pass), 0) / rows.length;
    const slopeAt = ({activations, residuals}: (typeof passes)[number], j: number) =>
      (1 - activations[j]! ** 2) *
      outputs.reduce((sum, k) => sum + residuals[k]! * weights[2]![2 * j + k]!, 0);
    return [
      Float64Array.from(inputs.flatMap(i => units.map(j => mean(pass => pass.row[i]! * slopeAt(pass, j))))),
      Float64Array.from(units, j => mean(pass => slopeAt(pass, j))),
      Float64Array.from(
        units.flatMap(j => outputs.map(k => mean(pass => pass.activations[j]! * pass.residuals[k]!))),
      ),
    ];
  },
  loss: ([hidden, bias, output]) =>
    tf.tidy(() => {
      const activations = tf.tanh(tf.add(tf.matMul(rows, hidden as tf.Tensor2D), bias!));
      const residuals = tf.sub(tf.matMul(activations, output as tf.Tensor2D), targets);
      return tf.div(tf.sum(tf.square(residuals)), 2 * rows.length);
    }),
};

function forward([hidden, bias, output]: Vectors) {
  return rows.map((row, r) => {
    const activations = units.map(j =>
      Math.tanh(inputs.reduce((sum, i) => sum + row[i]! * hidden![4 * i + j]!, bias![j]!)),
    );
    const residuals = outputs.map(k =>
      units.reduce((sum, j) => sum + activations[j]! * output![2 * j + k]!, -targets[r]![k]!),
    );
    return {row, activations, residuals};
  });
}

export const problems: readonly Problem[] = [
  quadratic,
  rosenbrock,
  logisticRegression,
  gradientFlow,
  tanhRegression,
];
