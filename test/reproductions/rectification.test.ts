import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {simulate} from '../../reproductions/claims/rectification/simulate.js';
import {
  exactVariance,
  firstOrder,
  lengthOf,
  limitOf,
  logGamma,
  varianceOfRate,
  weightsOfMean,
} from '../../reproductions/claims/rectification/varianceOfRate.js';

/** ∫ f(u) du over the real line, for what falls quickly on both sides. */
function integral(f: (u: number) => number): number {
  let sum = 0;
  for (let u = -60; u <= 60; u += 0.01) sum += f(u) * 0.01;
  return sum;
}

/** E[(ρ/X)^power], X ~ χ² of ρ degrees, over its density in u = ln x, which is normalised by its own integral. */
function momentOfRate(rho: number, power: number): number {
  const density = (u: number) => Math.exp((rho / 2) * u - Math.exp(u) / 2);
  return integral(u => (rho * Math.exp(-u)) ** power * density(u)) / integral(density);
}

const relative = (value: number, expected: number) => Math.abs(value / expected - 1);

describe('the variance of the adaptive rate', () => {
  it('is that of a scaled inverse χ², integrated over its density', () => {
    for (const rho of [3, 4.5, 5, 8, 20, 125]) {
      const integrated = momentOfRate(rho, 1) - momentOfRate(rho, 1 / 2) ** 2;
      expect(relative(varianceOfRate(rho), integrated), `ρ ${rho}`).to.be.below(1e-8);
    }
  });

  it("has the paper's form, with B((ρ − 1)/2, (ρ − 1)/2) and not B(ρ/2, ρ/2)", () => {
    // B(a, a) = ∫ (x(1 − x))^(a−1) dx, with x = 1/(1 + e^−u).
    const beta = (a: number) => integral(u => (2 * Math.cosh(u / 2)) ** (-2 * a));
    for (const rho of [3, 5, 12]) {
      const withBeta = (b: number) => rho / (rho - 2) - ((rho * 2 ** (2 * rho - 5)) / Math.PI) * b ** 2;
      expect(relative(varianceOfRate(rho), withBeta(beta((rho - 1) / 2)))).to.be.below(1e-8);
      expect(relative(varianceOfRate(rho), withBeta(beta(rho / 2)))).to.be.above(0.5);
    }
  });

  it('has no bound up to two degrees', () => {
    expect(varianceOfRate(2)).to.equal(Number.POSITIVE_INFINITY);
    expect(exactVariance([0.5, 0.5])).to.equal(Number.POSITIVE_INFINITY);
  });

  it('is near its first-order approximation for many degrees, and not for few', () => {
    expect(firstOrder(5)).to.be.closeTo(5 / 6, 1e-12);
    expect(firstOrder(4)).to.equal(Number.POSITIVE_INFINITY);
    expect(firstOrder(5) / varianceOfRate(5)).to.be.above(3);
    expect(firstOrder(2000) / varianceOfRate(2000)).to.be.closeTo(1, 2e-3);
  });

  it('is exact for a simple mean', () => {
    for (const t of [3, 7, 40]) {
      expect(relative(exactVariance(Array(t).fill(1 / t)), varianceOfRate(t))).to.be.below(1e-9);
    }
  });

  it('is exact for gradients with a mean: those of a non-central χ², as a mixture of central ones', () => {
    const [t, mean] = [6, 0.8];
    const rate = (t * mean ** 2) / 2;
    let [first, second, poisson] = [0, 0, Math.exp(-rate)];
    for (let j = 0; j < 80; j++) {
      first += poisson * Math.exp(logGamma(t / 2 + j - 1 / 2) - logGamma(t / 2 + j)) * Math.sqrt(t / 2);
      second += (poisson * t) / (t + 2 * j - 2);
      poisson *= rate / (j + 1);
    }
    expect(relative(exactVariance(Array(t).fill(1 / t), mean), second - first ** 2)).to.be.below(1e-9);
  });

  it('knows Γ', () => {
    expect(logGamma(0.5)).to.be.closeTo(Math.log(Math.PI) / 2, 1e-12);
    expect(logGamma(11)).to.be.closeTo(Math.log(3_628_800), 1e-12);
  });

  it('has a length of one at the first step, and the limit after many', () => {
    expect(lengthOf(1, 0.99)).to.be.closeTo(1, 1e-9);
    expect(lengthOf(5_000, 0.99)).to.be.closeTo(limitOf(0.99), 1e-9);
    expect(limitOf(0.99)).to.be.closeTo(199, 1e-9);
    expect(weightsOfMean(30, 0.9).reduce((sum, each) => sum + each)).to.be.closeTo(1, 1e-12);
  });
});

describe('the simulation of the adaptive rate', () => {
  it("reads ψ off Adam's step and r·ψ off RAdam's", () => {
    const [seed, beta2, mean, weights, t] = [3, 0.99, 0.5, 50, 7];
    const gradients = Array.from({length: t}, (_, i) =>
      tf.tidy(() => tf.randomNormal([weights], mean, 1, 'float32', seed * 100_003 + i + 1).dataSync()),
    );
    const rates = Array.from({length: weights}, (_, w) => {
      const moment = gradients.reduce(
        (sum, g, i) => sum + ((1 - beta2) * beta2 ** (t - 1 - i) * g[w]! ** 2) / (1 - beta2 ** t),
        0,
      );
      return 1 / Math.sqrt(moment);
    });
    const average = rates.reduce((sum, rate) => sum + rate) / weights;
    const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / (weights - 1);
    const rho = lengthOf(t, beta2);
    const end = limitOf(beta2);
    const r2 = ((rho - 4) * (rho - 2) * end) / ((end - 4) * (end - 2) * rho);
    const {adam, radam} = simulate({seed, beta2, mean, weights, told: [t]});
    expect(relative(adam[0]!, variance)).to.be.below(1e-4);
    expect(relative(radam[0]!, r2 * variance)).to.be.below(1e-4);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    simulate({seed: 1, beta2: 0.9, mean: 0, weights: 3, told: [1, 2]});
    expect(tf.memory().numTensors).to.equal(before);
  });
});
