import {expect} from 'chai';
import {RAdam, type RAdamOptions} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

/** The steps of a weight whose gradient is 1 throughout: there m̂ = v̂ = 1, and a rectified step is α·r. */
function stepsOf(options: RAdamOptions, count: number): number[] {
  const weights = slide(new RAdam({learningRate: 0.1, epsilon: 0, ...options}), Array<number>(count).fill(1));
  return weights.map((weight, i) => (i === 0 ? 1 : weights[i - 1]!) - weight);
}

/** The step at which v is first trusted. */
const firstRectified = (options: RAdamOptions) =>
  stepsOf({unrectified: 'skip', ...options}, 20).findIndex(step => step !== 0) + 1;

describe('RAdam', () => {
  it('takes steps of momentum until ρ exceeds 5, and then rectified ones', () => {
    // β₂ = 0.9: ρ∞ = 19, 0.9⁶ = 0.531441, ρ₆ = 19 − 12·0.531441/0.468559 = 5.389564,
    // r² = 1.389564·3.389564·19/(15·17·5.389564) = 0.065115, r = 0.255177.  ρ₅ = 19 − 10·0.59049/0.40951 = 4.58 < 5
    expectNear(stepsOf({beta2: 0.9}, 6), [0.1, 0.1, 0.1, 0.1, 0.1, 0.0255177], 3e-7);
  });

  it('goes by the mean of the gradient without bias before that', () => {
    // g = 2, 1 at β₁ = 0.5: m = 1, 1; m̂ = 2, 4/3
    expectNear(slide(new RAdam({learningRate: 0.1, beta1: 0.5}), [2, 1]), [0.8, 0.8 - 0.4 / 3]);
  });

  it("takes no step before that with unrectified: 'skip', and does not decay", () => {
    expectNear(stepsOf({beta2: 0.9, unrectified: 'skip'}, 6), [0, 0, 0, 0, 0, 0.0255177], 3e-7);
    const decaying = {unrectified: 'skip', weightDecay: 0.5, decay: 'decoupled'} as const;
    expectNear(stepsOf(decaying, 5), [0, 0, 0, 0, 0], 0);
  });

  it('rectifies at step 6, at β₂ = 0.9999 too, where float32 would find ρ > 5 at step 2', () => {
    for (const beta2 of [0.9, 0.99, 0.999, 0.9999, 0.99999]) {
      expect(firstRectified({beta2}), `β₂ = ${beta2}`).to.equal(6);
    }
    // Of β₂ = 0.999 at step 6: r = 0.0258.
    expect(stepsOf({}, 6).at(-1)).to.be.closeTo(0.00258, 5e-6);
  });

  it('rectifies one step earlier with the threshold of the paper, and never where ρ does not reach it', () => {
    expect(firstRectified({threshold: 4})).to.equal(5);
    expect(firstRectified({beta2: 0.6, threshold: 4})).to.equal(0);
    expectNear(stepsOf({beta2: 0.6}, 20), Array<number>(20).fill(0.1));
    expectNear(stepsOf({beta2: 0}, 3), [0.1, 0.1, 0.1]);
  });

  it('adds ε to the uncorrected root, or to the corrected one', () => {
    // √v = √(1 − 0.9⁶) = 0.684514, √v̂ = 1; with ε = 1: r·0.684514/1.684514, r/2
    expectNear([stepsOf({beta2: 0.9, epsilon: 1}, 6).at(-1)!], [0.0255177 * (0.684514 / 1.684514)], 3e-7);
    const corrected = {beta2: 0.9, epsilon: 1, epsilonOn: 'corrected'} as const;
    expectNear([stepsOf(corrected, 6).at(-1)!], [0.0255177 / 2], 3e-7);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = 1 + 0.5·2: 2 − 0.2;  2 − 0.1·0.5·2 − 0.1;  2 − 0.5·2 − 0.1
    const decaying = {learningRate: 0.1, weightDecay: 0.5};
    expectNear(slide(new RAdam(decaying), [1], 2), [1.8]);
    expectNear(slide(new RAdam({...decaying, decay: 'decoupled'}), [1], 2), [1.8]);
    expectNear(slide(new RAdam({...decaying, decay: 'independent'}), [1], 2), [0.9]);
  });

  it('stays on a gradient of zero, without ε too, and makes no NaN of one that float32 hardly holds', () => {
    const zeros = Array<number>(8).fill(0);
    for (const epsilon of [0, 1e-8]) {
      expectNear(slide(new RAdam({epsilon}), zeros), zeros.fill(1), 0);
      for (const gradient of [1e-38, 1e-25]) {
        expectNear(slide(new RAdam({epsilon}), Array<number>(8).fill(gradient)), Array<number>(8).fill(1));
      }
      zeros.fill(0);
    }
  });
});
