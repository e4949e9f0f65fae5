import * as tf from '@tensorflow/tfjs-core';

/** Rows of one seed, with the probability of label 1 that a linear model gives to each. */
export interface Rows {
  /** [rows, size], row by row. */
  readonly x: Float32Array;
  /** 0 or 1. */
  readonly y: Float32Array;
}

export interface Features {
  readonly size: number;
  /** Rows and labels that follow from the seed and `what` alone. */
  draw(seed: number, what: number, rows: number): Rows;
}

/** About how far from 0 the labels' log-odds are: far enough to be learnt, near enough to be noisy. */
const spread = 3;

const uniform = (count: number, seed: number, what: number) =>
  tf.tidy(() => tf.randomUniform([count], 0, 1, 'float32', seed * 1_000_003 + what).dataSync());
const normal = (count: number, seed: number, what: number) =>
  tf.tidy(() => tf.randomNormal([count], 0, 1, 'float32', seed * 1_000_003 + what).dataSync());

export const [vocabulary, documentLength] = [600, 20];

/** By Zipf's law the r-th word is drawn with a probability in proportion to 1/r; these are the sums up to each word. */
const cumulated = (() => {
  let sum = 0;
  const sums = Array.from({length: vocabulary}, (_, word) => (sum += 1 / (word + 1)));
  return sums.map(each => each / sum);
})();

/** The share of documents that have a word. */
export const frequencies = cumulated.map(
  (upTo, word) => 1 - (1 - (upTo - (cumulated[word - 1] ?? 0))) ** documentLength,
);

/** The first word up to which the probabilities sum to more than u. */
export function wordAt(u: number): number {
  let [low, high] = [0, vocabulary - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Bags of words: 1 for each word that a document has. Every word, rare or not, has the same share in the variance of the log-odds. */
export const bags: Features = {
  size: vocabulary,
  draw(seed, what, rows) {
    const truth = normal(vocabulary, seed, 1).map(
      (value, word) =>
        (value * spread) / Math.sqrt(vocabulary * frequencies[word]! * (1 - frequencies[word]!)),
    );
    const draws = uniform(rows * documentLength, seed, 2 * what);
    const x = new Float32Array(rows * vocabulary);
    for (let i = 0; i < draws.length; i++)
      x[Math.floor(i / documentLength) * vocabulary + wordAt(draws[i]!)] = 1;
    return {x, y: labels(x, truth, uniform(rows, seed, 2 * what + 1))};
  },
};

const denseSize = 100;

/** The control: independent normal features, all alike. */
export const dense: Features = {
  size: denseSize,
  draw(seed, what, rows) {
    const truth = normal(denseSize, seed, 1).map(value => (value * spread) / Math.sqrt(denseSize));
    const x = normal(rows * denseSize, seed, 2 * what) as Float32Array;
    return {x, y: labels(x, truth, uniform(rows, seed, 2 * what + 1))};
  },
};

function labels(x: ArrayLike<number>, truth: ArrayLike<number>, draws: ArrayLike<number>): Float32Array {
  return Float32Array.from({length: draws.length}, (_, row) => {
    let odds = 0;
    for (let i = 0; i < truth.length; i++) odds += x[row * truth.length + i]! * truth[i]!;
    return draws[row]! < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
  });
}

/** Dropout on the features: half of them become 0, the others twice what they were. */
export function dropHalf({x, y}: Rows, seed: number, what: number): Rows {
  const nonzero: number[] = [];
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) nonzero.push(i);
  const draws = uniform(nonzero.length, seed, what);
  const dropped = new Float32Array(x.length);
  nonzero.forEach((at, i) => {
    if (draws[i]! < 0.5) dropped[at] = 2 * x[at]!;
  });
  return {x: dropped, y};
}
