import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Adam, type AdamOptions} from '../../src/index.js';
import {logisticRegression, problems, quadratic, rosenbrock} from '../support/problems.js';
import {expectNear, slide} from '../support/slide.js';
import {times} from '../support/times.js';
import {distance, trajectory64, trajectoryOnTensors} from '../support/trajectories.js';

const options: AdamOptions = {learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0};

/** What a weight moves by at each step, in double precision, in learning rates. */
function movesOf(optimizer: Adam, gradients: readonly number[]): number[] {
  let step = 0;
  const weights = trajectory64(
    optimizer,
    {
      ...quadratic,
      weights: [{name: 'w', shape: [1], start: [0]}],
      gradient64: () => [Float64Array.of(gradients[step++]!)],
    },
    gradients.length,
  ).map(([weight]) => weight!);
  return gradients.map((_, i) => (weights[i + 1]! - weights[i]!) / 0.1);
}

describe('Adam', () => {
  it('divides the mean of the gradient by the root of the mean of its square, both without bias', () => {
    // g = 2: m = 1, v = 1; m̂ = 1/0.5, v̂ = 1/0.25: 1 − 0.1·2/2
    // g = 1: m = 1, v = 0.75 + 0.25 = 1; m̂ = 1/0.75, v̂ = 1/(1 − 9/16) = 16/7: 0.9 − 0.1·(4/3)·√7/4
    expectNear(slide(new Adam(options), [2, 1]), [0.9, 0.9 - Math.sqrt(7) / 30]);
  });

  it('adds ε to the corrected root, or to the uncorrected one', () => {
    // √v̂ = 2: 1 − 0.1·2/(2 + 2);  √v = 1: (1 + 2)/√0.25 = 6: 1 − 0.1·2/6
    expectNear(slide(new Adam({...options, epsilon: 2}), [2]), [0.95]);
    expectNear(slide(new Adam({...options, epsilon: 2, epsilonOn: 'uncorrected'}), [2]), [1 - 0.1 / 3]);
  });

  it("never lets v fall with amsgrad, or v̂ with amsgradOn: 'corrected'", () => {
    // g = 2, 0: m = 1, 0.5; m̂ = 0.5/0.75 = 2/3.  v = 1, 0.75: the greatest is 1, corrected 16/7.
    // v̂ = 4, 0.75·16/7: the greatest is 4.
    const amsgrad = {...options, amsgrad: true};
    expectNear(slide(new Adam(options), [2, 0]), [0.9, 0.9 - (0.1 * 2) / 3 / Math.sqrt(12 / 7)]);
    expectNear(slide(new Adam(amsgrad), [2, 0]), [0.9, 0.9 - Math.sqrt(7) / 60]);
    expectNear(slide(new Adam({...amsgrad, amsgradOn: 'corrected'}), [2, 0]), [0.9, 0.9 - 0.1 / 3]);
  });

  it('goes by ε on the uncorrected root with the maximum over v̂ as well', () => {
    // √4 + 2/√0.25 = 6: 1 − 0.1·2/6
    const both = {...options, amsgrad: true, amsgradOn: 'corrected', epsilonOn: 'uncorrected'} as const;
    expectNear(slide(new Adam({...both, epsilon: 2}), [2]), [1 - 0.1 / 3]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = 1 + 0.5·2: 2 − 0.1;  2 − 0.1·0.5·2 − 0.1;  2 − 0.5·2 − 0.1
    const decaying = {...options, weightDecay: 0.5};
    expectNear(slide(new Adam(decaying), [-0.5], 2), [1.9]); // g = −0.5 + 1: against the decay, −0.5 alone goes up
    expectNear(slide(new Adam({...decaying, decay: 'decoupled'}), [1], 2), [1.8]);
    expectNear(slide(new Adam({...decaying, decay: 'independent'}), [1], 2), [0.9]);
  });

  it('has the defaults of torch', () => {
    const {learningRate, beta1, beta2, epsilon, weightDecay} = new Adam().options;
    expect([learningRate, beta1, beta2, epsilon, weightDecay]).to.deep.equal([1e-3, 0.9, 0.999, 1e-8, 0]);
  });

  for (const problem of [quadratic, rosenbrock, logisticRegression]) {
    it(`takes the same path when the loss is multiplied by 1,000, with ε = 0, on ${problem.name}`, () => {
      const make = (epsilon = 0) => new Adam({learningRate: 0.05, epsilon});
      const path = trajectory64(make(), problem, 60);
      expect(distance(trajectory64(make(), times(1000, problem), 60), path)).to.be.below(1e-12);
      const [once, thousandfold] = [problem, times(1000, problem)].map(loss =>
        trajectory64(make(10), loss, 60),
      );
      expect(distance(once!, thousandfold!)).to.be.above(1e-4, 'with ε it does change');
      // A power of two is exact in float32: not a bit changes.
      expect(trajectoryOnTensors(make(), times(1024, problem), 60)).to.deep.equal(
        trajectoryOnTensors(make(), problem, 60),
      );
    });
  }

  it('takes a first step of the learning rate, whatever the size of the gradient', () => {
    for (const gradient of [1e-30, 1e-3, 1, 1e30]) {
      expect(movesOf(new Adam({learningRate: 0.1, epsilon: 0}), [gradient])[0]).to.be.closeTo(-1, 1e-12);
    }
  });

  const silence = (steps: number) => [...Array<number>(steps).fill(0), 1];
  const erratic = Array.from({length: 2000}, (_, i) => Math.sin(i * i) * (i % 97 === 0 ? 1e6 : 1));
  const longest = (betas: AdamOptions, gradients: readonly number[]) =>
    Math.max(...movesOf(new Adam({learningRate: 0.1, epsilon: 0, ...betas}), gradients).map(Math.abs));

  it('steps no further than α·(1 − β₁)/√(1 − β₂) after a silence, and nearly so far, as the paper says', () => {
    expect(longest({}, silence(5000)) * Math.sqrt(0.001)).to.be.within(0.99 * 0.1, 0.1);
    // 0.5/√0.01 = 5, over tensors: √(1 − 0.99⁵⁰⁰) of it
    const optimizer = new Adam({learningRate: 0.1, beta1: 0.5, beta2: 0.99, epsilon: 0});
    expect(Math.abs(slide(optimizer, silence(500), 0).at(-1)!)).to.be.within(0.99 * 0.5, 0.5);
  });

  it('steps no further than α where the two averages are alike: β₁ = β₂', () => {
    const alike = {beta1: 0.9, beta2: 0.9};
    for (const gradients of [silence(100), erratic, [3, 3, 3]])
      expect(longest(alike, gradients)).to.be.at.most(1 + 1e-12);
    expect(longest(alike, [3, 3, 3])).to.be.closeTo(1, 1e-12);
    const optimizer = new Adam({learningRate: 0.1, epsilon: 0, ...alike});
    const weights = [0, ...slide(optimizer, erratic.slice(0, 200), 0)];
    const moves = weights.slice(1).map((weight, i) => Math.abs(weight - weights[i]!));
    expect(Math.max(...moves)).to.be.at.most(0.1 + 1e-6);
  });

  it('steps further than the paper says where gradients grow by β₂/β₁, and nothing makes it step further', () => {
    // m = Σ aᵢ·gᵢ, v = Σ bᵢ·gᵢ² with aᵢ = (1 − β₁)·β₁ⁱ, bᵢ = (1 − β₂)·β₂ⁱ: m ≤ √(Σ aᵢ²/bᵢ)·√v, equal where gᵢ ∝ aᵢ/bᵢ.
    const [paper, bound] = [0.1 / Math.sqrt(0.001), 0.1 / Math.sqrt(0.001 * (1 - 0.9 ** 2 / 0.999))];
    const growing = [
      ...silence(5000).fill(0),
      ...Array.from({length: 200}, (_, i) => (0.999 / 0.9) ** (i - 100)),
    ];
    expect(longest({}, growing)).to.be.within(2 * paper, bound);
    for (const gradients of [silence(5000), erratic]) expect(longest({}, gradients)).to.be.below(bound);
  });

  it('stays on a gradient of zero, without ε too', () => {
    for (const epsilon of [0, 1e-8]) {
      for (const amsgrad of [false, true]) {
        expectNear(slide(new Adam({epsilon, amsgrad}), [0, 0, 0]), [1, 1, 1], 0);
      }
    }
  });

  it('makes no NaN of gradients whose squares float32 does not hold', () => {
    for (const epsilon of [0, 1e-8]) {
      for (const gradient of [1e-38, 1e-25, 1e25]) {
        const [weight] = slide(new Adam({learningRate: 0.1, epsilon}), [gradient, gradient]);
        expect(weight).to.be.within(0.89, 1);
      }
    }
  });

  for (const problem of problems) {
    // tfjs computes 1 − β₂ᵗ in float32, with an error of 1.3e-5 at the first step.
    it(`goes the way of tf.train.adam with its ε, to float rounding, on ${problem.name}`, () => {
      const native = trajectoryOnTensors(tf.train.adam(0.05, 0.9, 0.999, 1e-7), problem, 60);
      const ours = trajectoryOnTensors(new Adam({learningRate: 0.05, epsilon: 1e-7}), problem, 60);
      expect(distance(ours, native)).to.be.below(2e-5);
    });
  }
});
