import {plus} from '../support/oracles.js';
import type {Vectors} from '../support/problems.js';
import type {PluginOracle} from '../support/stackOracle.js';

// The problem's weights are a kernel [3, 1] and a bias [1].
const kernelAlone = (change: (kernel: Float64Array) => Float64Array) => (value: Vectors) =>
  value.map((values, i) => (i === 0 ? change(values) : values));
const norm = (...vectors: Vectors) =>
  Math.sqrt(vectors.flatMap(values => [...values]).reduce((sum, v) => sum + v * v, 0));
const times = (value: Vectors, factor: number) => value.map(values => values.map(v => v * factor));

/** θ displaced by ρ·T·(T·g)/‖T·g‖. */
function ascent(
  gradient: Vectors,
  weights: Vectors,
  rho: number,
  lengthOf: (w: number, i: number) => number,
): Vectors {
  const scaled = gradient.map((values, i) => values.map((g, j) => g * lengthOf(weights[i]![j]!, i)));
  const total = norm(...scaled);
  return weights.map((values, i) =>
    values.map((w, j) => w + (rho * lengthOf(w, i) * scaled[i]![j]!) / total),
  );
}

/** φ ← φ + share·(θ − φ), from the weights before the first step, or from nothing. */
function following(shareOf: (step: number) => number) {
  let average: Vectors | undefined;
  let step = 0;
  return {
    move: (weights: Vectors) => {
      average = plus(average ?? weights, shareOf(++step), plus(weights, -1, average ?? weights));
      return weights;
    },
    begin: (weights: Vectors) => {
      average ??= weights;
    },
    shown: (weights: Vectors) => average ?? weights,
  };
}

/** By the names of the registry's entries, in its settings; `undefined` for what changes no weight. */
export const pluginOracles: Readonly<Record<string, (() => PluginOracle) | undefined>> = {
  AccumulateGradients: () => ({batchesPerStep: 2}),
  AdaptiveClip: () => ({
    clip: (gradient, _, weights) =>
      gradient.map((values, i) => {
        const most = 0.05 * Math.max(norm(weights[i]!), 1e-3);
        return norm(values) > most ? values.map(g => (g * most) / norm(values)) : values;
      }),
  }),
  ASAM: () => ({
    perturb: (gradient, {gradientAt}, weights) =>
      gradientAt(ascent(gradient, weights, 0.2, (w, i) => (i === 0 ? Math.abs(w) + 0.01 : 1))),
  }),
  Cautious: () => ({
    cautious: (weights, _, before, gradient) =>
      weights.map((values, i) => {
        const mask = values.map((w, j) => ((w - before[i]![j]!) * gradient[i]![j]! < 0 ? 1 : 0));
        const mean = Math.max(mask.reduce((sum, m) => sum + m, 0) / mask.length, 1e-3);
        return values.map((w, j) => before[i]![j]! + (mask[j]! * (w - before[i]![j]!)) / mean);
      }),
  }),
  CentralizeGradients: () => ({
    centralize: kernelAlone(values => {
      const mean = values.reduce((sum, g) => sum + g, 0) / values.length;
      return values.map(g => g - mean);
    }),
  }),
  ClipByGlobalNorm: () => ({
    clip: gradient => times(gradient, Math.min(1, 0.2 / norm(...gradient))),
  }),
  ClipByNorm: () => ({
    clip: gradient => gradient.flatMap(values => times([values], Math.min(1, 0.1 / norm(values)))),
  }),
  ClipByValue: () => ({
    clip: gradient => gradient.map(values => values.map(g => Math.min(0.05, Math.max(-0.05, g)))),
  }),
  Constraints: () => ({
    project: kernelAlone(values => values.map(w => Math.min(0.5, Math.max(-0.5, w)))),
  }),
  EMA: () => {
    const {move, begin, shown} = following(() => 0.25);
    return {begin, average: move, shownAverage: shown};
  },
  // From 0 in two steps, then half a cosine over twenty.
  LearningRate: () => ({
    rate: (_, t) => (t < 2 ? (0.05 * t) / 2 : (0.05 / 2) * (1 + Math.cos((Math.PI * (t - 2)) / 20))),
  }),
  Lookahead: () => {
    let slow: Vectors | undefined;
    let steps = 0;
    return {
      begin: weights => {
        slow ??= weights;
      },
      lookahead: weights => {
        if (++steps % 3 > 0) return weights;
        slow = plus(slow!, 0.5, plus(weights, -1, slow!));
        return slow;
      },
      shownSlow: weights => slow ?? weights,
    };
  },
  SAM: () => ({
    perturb: (gradient, {gradientAt}, weights) => gradientAt(ascent(gradient, weights, 0.1, () => 1)),
  }),
  SWA: () => {
    let models = 0;
    let average: Vectors | undefined;
    return {
      average: (weights, {iterations}) => {
        if (iterations < 2) return weights;
        models++;
        average = plus(average ?? weights, 1 / models, plus(weights, -1, average ?? weights));
        return weights;
      },
      shownAverage: weights => average ?? weights,
    };
  },
  WeightDecay: () => ({decay: (weights, {rate}) => times(weights, 1 - rate * 0.1)}),
  BatchNormStatistics: undefined,
  BestWeights: undefined,
  Checkpoint: undefined,
  LearningRateFinder: undefined,
  MicroBatch: undefined,
  Monitor: undefined,
  ReduceOnPlateau: undefined,
  SkipNonFinite: undefined,
};
