import {expect} from 'chai';
import {AdamW, AdEMAMix, type AdEMAMixOptions} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

function expectPath(options: AdEMAMixOptions, gradients: number[], expected: number[]): void {
  expectNear(slide(new AdEMAMix({learningRate: 0.1, ...options}), gradients), expected, 1e-6);
}

describe('AdEMAMix', () => {
  it('adds a slow mean, without bias correction, to the fast one', () => {
    // β₁ = 1/2, β₂ = β₃ = 3/4, alpha = 2; √ν̂ = 2 at gradients of ±2.
    // Step 1, g = 2: m₁ = 1, m̂₁ = 2; m₂ = 1/2; (2 + 2·1/2)/2 = 3/2.
    // Step 2, g = −2: m₁ = −1/2, m̂₁ = −1/2 : 3/4 = −2/3; m₂ = 3/8 − 1/2 = −1/8; (−2/3 − 2·1/8)/2 = −11/24.
    const options = {beta1: 0.5, beta2: 0.75, beta3: 0.75, alpha: 2, epsilon: 0};
    expectPath(options, [2, -2], [0.85, 0.85 + 1.1 / 24]);
  });

  it('lets the weight of the slow mean and its half-life grow by equal steps', () => {
    // β₁ = 1/8 has a half-life of 1/3 step, β₃ = 1/2 of 1. In four steps 1/2, 2/3, 5/6, 1: b = 1/4, 2^−3/2, 2^−6/5, 1/2.
    // alpha is 4 after two steps: a = 2, 4, 4, 4. At gradients of 1, m̂₁ = √ν̂ = 1, and 1 − m₂ is multiplied by b:
    // the steps are 1 + a·m₂.
    const kept = [1 / 4, 2 ** -1.5, 2 ** -1.2, 1 / 2, 1 / 2];
    let [weight, missing] = [1, 1];
    const expected = kept.map((b, i) => {
      missing *= b;
      weight -= 0.1 * (1 + (i === 0 ? 2 : 4) * (1 - missing));
      return weight;
    });
    expect(expected[0]).to.equal(0.75);
    const options = {beta1: 1 / 8, beta3: 1 / 2, alpha: 4, alphaWarmupSteps: 2, beta3WarmupSteps: 4};
    expectPath(options, [1, 1, 1, 1, 1], expected);
  });

  it('warms up from a β₁ of 0, whose half-life is 0', () => {
    // β₃ = 1/2 in two steps: b = 1/4, 1/2; m₂ = 3/4, 7/8.
    expectPath({beta1: 0, beta3: 0.5, alpha: 1, beta3WarmupSteps: 2}, [1, 1], [0.825, 0.6375]);
  });

  it('never warms up beyond a β₃ that is below β₁', () => {
    // b = β₃ = 1/2 throughout: m₂ = 1/2, 3/4.
    expectPath({beta1: 0.9, beta3: 0.5, alpha: 1, beta3WarmupSteps: 9}, [1, 1], [0.85, 0.675]);
    // b = β₃ = 0: m₂ = g.
    expectPath({beta1: 0.9, beta3: 0, alpha: 1, beta3WarmupSteps: 9}, [1, 1], [0.8, 0.6]);
  });

  it('decays by what `decay` says', () => {
    // λ = 1/2, θ = g = 1, defaults else: m̂₁ = √ν̂ = |g|, m₂ = g/10,000; a step of 0.1·(1 + 5/10,000), by λ·θ + g as well.
    const step = 0.10005;
    expectPath({weightDecay: 0.5}, [1], [1 - 0.05 - step]);
    expectPath({weightDecay: 0.5, decay: 'independent'}, [1], [1 - 0.5 - step]);
    expectPath({weightDecay: 0.5, decay: 'l2'}, [1], [1 - step]);
    // −1 + λ·θ = −1/2: back.
    expectPath({weightDecay: 0.5, decay: 'l2'}, [-1], [1 + step]);
  });

  it('has one ε outside of the root and one inside', () => {
    // 1/(√1 + 1) and 1/√(1 + 3).
    expectPath({alpha: 0, epsilon: 1}, [1], [0.95]);
    expectPath({alpha: 0, epsilonRoot: 3}, [1], [0.95]);
  });

  it('is AdamW where the slow mean does not count', () => {
    const gradients = [1, -2, 0.5, 3, 0];
    const adamW = slide(new AdamW({learningRate: 0.1, weightDecay: 0.1}), gradients);
    expectPath({alpha: 0, weightDecay: 0.1}, gradients, adamW);
  });

  it("has optax's defaults", () => {
    expect(new AdEMAMix().options).to.deep.equal({
      ...{learningRate: 0.001, beta1: 0.9, beta2: 0.999, beta3: 0.9999, alpha: 5},
      ...{alphaWarmupSteps: 0, beta3WarmupSteps: 0},
      ...{epsilon: 1e-8, epsilonRoot: 0, weightDecay: 0, decay: 'decoupled'},
    });
  });
});
