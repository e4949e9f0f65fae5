import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  cycle,
  type Method,
  proposition2,
  rateOfLoss,
  slowestFactor,
  steadyLoss,
  steadyVariance,
} from '../../reproductions/claims/noisyQuadratic/fixedPoint.js';
import {stepsUntil} from '../../reproductions/claims/noisyQuadratic/races.js';
import {simulate} from '../../reproductions/claims/noisyQuadratic/simulate.js';

const methods: Method[] = [0.1, 0.7, 1, 1.6].flatMap(learningRate =>
  [
    [1, 1],
    [5, 0.5],
    [6, 0.3],
    [20, 0.8],
  ].map(([k, alpha]) => ({learningRate, k: k!, alpha: alpha!})),
);

/** The covariance of the slow and the fast weight, step by step, until nothing changes: no power is summed up. */
function settledVariance(a: number, {learningRate, k, alpha}: Method): number {
  let [slow, fast, both] = [0, 0, 0];
  for (let step = 1; step <= 4_000 * k; step++) {
    const q = 1 - learningRate * a;
    [fast, both] = [q ** 2 * fast + (learningRate * a) ** 2, q * both];
    if (step % k !== 0) continue;
    slow = (1 - alpha) ** 2 * slow + alpha ** 2 * fast + 2 * alpha * (1 - alpha) * both;
    [fast, both] = [slow, slow];
  }
  return slow;
}

const relative = (value: number, expected: number) => Math.abs(value / expected - 1);

describe('the fixed point on a noisy quadratic', () => {
  it('is where the covariance of slow and fast weights settles', () => {
    for (const method of methods) {
      for (const a of [0.2, 1, 1.2]) {
        const settled = settledVariance(a, method);
        expect(relative(steadyVariance(a, method), settled), JSON.stringify(method)).to.be.below(1e-9);
      }
    }
  });

  it("is the paper's proposition 2, and below the variance of SGD", () => {
    for (const method of methods) {
      expect(relative(proposition2(0.9, method), steadyVariance(0.9, method))).to.be.below(1e-12);
      const alone = steadyVariance(0.9, {...method, k: 1, alpha: 1});
      if (method.alpha < 1) expect(steadyVariance(0.9, method)).to.be.below(alone);
      else expect(steadyVariance(0.9, method)).to.equal(alone);
    }
  });

  it('is left by no cycle', () => {
    const method = {learningRate: 0.7, k: 5, alpha: 0.5};
    const variance = steadyVariance(1, method);
    const after = cycle(1, method, {mean: 2, variance});
    expect(after.variance).to.be.closeTo(variance, 1e-12);
    expect(after.mean).to.be.closeTo(2 * (0.5 + 0.5 * 0.3 ** 5), 1e-12);
  });

  it('is found for a loss', () => {
    const spectrum = [1, 0.3, 0.1];
    const learningRate = rateOfLoss(spectrum, {k: 5, alpha: 0.5}, 0.02);
    expect(steadyLoss(spectrum, {learningRate, k: 5, alpha: 0.5})).to.be.closeTo(0.02, 1e-9);
  });

  it('is neared as fast as the slowest direction lets it', () => {
    expect(slowestFactor([1, 0.1], {learningRate: 0.5, k: 1, alpha: 1})).to.be.closeTo(0.95, 1e-12);
    const factor = slowestFactor([1, 0.1], {learningRate: 0.5, k: 4, alpha: 0.5});
    expect(factor ** 4).to.be.closeTo(0.5 + 0.5 * 0.95 ** 4, 1e-12);
  });
});

describe('a race on a noisy quadratic', () => {
  it('ends between two looks, by the logarithm of the loss', () => {
    expect(stepsUntil([8, 4, 1], 2, 5)).to.be.closeTo(7.5, 1e-12);
    expect(stepsUntil([8, 4], 2, 5)).to.equal(Number.POSITIVE_INFINITY);
    expect(stepsUntil([1, 4], 2, 5)).to.equal(0);
  });

  it('is run by Lookahead as its formulas say', () => {
    const [seed, spectrum, copies] = [4, [1, 0.3], 3];
    const method = {learningRate: 0.6, k: 2, alpha: 0.4};
    let fast = spectrum.map(() => Array(copies).fill(5) as number[]);
    let slow = fast;
    const losses: number[] = [];
    for (let step = 1; step <= 8; step++) {
      const shape: [number, number] = [2, copies];
      const c = tf.tidy(() =>
        (tf.randomNormal(shape, 0, 1, 'float32', seed * 100_003 + step) as tf.Tensor2D).arraySync(),
      );
      fast = fast.map((row, i) => row.map((x, j) => x - 0.6 * spectrum[i]! * (x - c[i]![j]!)));
      if (step % 2 === 0) fast = slow = slow.map((row, i) => row.map((x, j) => x + 0.4 * (fast[i]![j]! - x)));
      const squares = slow.map(row => row.reduce((sum, x) => sum + x * x, 0) / copies);
      if (step % 4 === 0) losses.push((squares[0]! + 0.3 * squares[1]!) / 4);
    }
    const outcome = simulate({seed, method, spectrum, copies, start: 5, steps: 8, every: 4, from: 8});
    expect(outcome.losses).to.have.length(2);
    outcome.losses.forEach((loss, i) => {
      expect(relative(loss, losses[i]!)).to.be.below(1e-5);
    });
    expect((outcome.squares[0]! + 0.3 * outcome.squares[1]!) / 4).to.be.closeTo(outcome.losses[1]!, 1e-6);
  });
});
