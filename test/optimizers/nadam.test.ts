import {expect} from 'chai';
import {NAdam, type NAdamOptions} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options: NAdamOptions = {
  learningRate: 0.1,
  beta1: 0.5,
  beta2: 0.75,
  epsilon: 0,
  momentumDecay: 'none',
};

describe('NAdam', () => {
  it('looks ahead along its momentum', () => {
    // g = 2: m = 1, v = 1, v̂ = 4; μ = 0.5: 0.5·1/(1 − 0.25) + 0.5·2/(1 − 0.5) = 8/3: 1 − 0.1·(8/3)/2
    // g = 1: m = 1, v = 1, v̂ = 16/7: 0.5·1/(1 − 0.125) + 0.5·1/(1 − 0.25) = 4/7 + 2/3 = 26/21
    const first = 1 - 0.4 / 3;
    expectNear(slide(new NAdam(options), [2, 1]), [first, first - (0.1 * (26 / 21) * Math.sqrt(7)) / 4]);
  });

  it('lets μ rise from half of β₁ at the pace of momentumDecay', () => {
    // ψ = 0: μ = 0.25: 0.25·1/(1 − 0.0625) + 0.75·2/(1 − 0.25) = 4/15 + 2;  1 − 0.1·(34/15)/2
    expectNear(slide(new NAdam({...options, momentumDecay: 0}), [2]), [1 - 3.4 / 30]);
    // ψ = 1: μ₁ = 0.5·(1 − 0.48) = 0.26, μ₂ = 0.5·(1 − 0.4608) = 0.2696: 0.2696/(1 − 0.26·0.2696) + 0.74·2/0.74
    expectNear(slide(new NAdam({...options, momentumDecay: 1}), [2]), [1 - 0.05 * (0.2696 / 0.929904 + 2)]);
  });

  it('knows the product of the momenta at any step, in any order', () => {
    const scalarsAt = (...steps: number[]) => {
      const {scalars} = new NAdam().getGroupedUpdates()[0]!;
      if (typeof scalars !== 'function') throw new TypeError('NAdam computes its scalars.');
      return steps.map(iterations => scalars({iterations, learningRate: 0.1, counters: {}})).at(-1);
    };
    expect(scalarsAt(1, 2, 3, 4, 5)).to.deep.equal(scalarsAt(5));
    expect(scalarsAt(5, 2)).to.deep.equal(scalarsAt(2));
  });

  it('adds ε to the corrected root', () => {
    // 1 − 0.1·(8/3)/(2 + 2)
    expectNear(slide(new NAdam({...options, epsilon: 2}), [2]), [1 - 0.2 / 3]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // At step 1 any gradient goes (8/3)/2 learning rates: 2 − 0.4/3, less 0.1·0.5·2, less 0.5·2
    const decaying = {...options, weightDecay: 0.5};
    expectNear(slide(new NAdam(decaying), [-0.5], 2), [2 - 0.4 / 3]); // g = −0.5 + 0.5·2
    expectNear(slide(new NAdam({...decaying, decay: 'decoupled'}), [1], 2), [1.9 - 0.4 / 3]);
    expectNear(slide(new NAdam({...decaying, decay: 'independent'}), [1], 2), [1 - 0.4 / 3]);
  });

  it('has the defaults of torch', () => {
    const {learningRate, beta1, beta2, epsilon, momentumDecay} = new NAdam().options;
    expect([learningRate, beta1, beta2, epsilon, momentumDecay]).to.deep.equal([
      2e-3, 0.9, 0.999, 1e-8, 4e-3,
    ]);
  });

  it('stays on a gradient of zero, without ε too, and makes no NaN of one that float32 hardly holds', () => {
    for (const epsilon of [0, 1e-8]) {
      expectNear(slide(new NAdam({epsilon}), [0, 0, 0]), [1, 1, 1], 0);
      for (const gradient of [1e-38, 1e25]) {
        expect(slide(new NAdam({epsilon}), [gradient])[0]).to.be.within(0.99, 1);
      }
    }
  });
});
