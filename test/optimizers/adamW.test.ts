import {expect} from 'chai';
import {Adam, AdamW} from '../../src/index.js';
import {rosenbrock} from '../support/problems.js';
import {expectNear, slide} from '../support/slide.js';
import {trajectoryOnTensors} from '../support/trajectories.js';

const options = {beta1: 0.5, beta2: 0.75, epsilon: 0, weightDecay: 0.5};

describe('AdamW', () => {
  it('decays by the learning rate times λ, past m and v', () => {
    // g = 2, m̂ = 2, v̂ = 4: 2 − 0.1·0.5·2 − 0.1·2/2.  g = 1: m̂ = 4/3, v̂ = 16/7: 1.8 − 0.05·1.8 − 0.1·(4/3)·√7/4
    expectNear(slide(new AdamW({...options, learningRate: 0.1}), [2, 1], 2), [1.8, 1.71 - Math.sqrt(7) / 30]);
  });

  it("decays by λ alone with decay: 'independent'", () => {
    // 2 − 0.5·2 − 0.1
    expectNear(slide(new AdamW({...options, decay: 'independent', learningRate: 0.1}), [2], 2), [0.9]);
  });

  it('decays with the learning rate as it is at the step', () => {
    // Step 2 at the rate 0: decoupled stays, independent halves: (2 − 1 − 0.1)/2
    const learningRate = (step: number) => (step === 0 ? 0.1 : 0);
    expectNear(slide(new AdamW({...options, learningRate}), [2, 1], 2), [1.8, 1.8]);
    expectNear(slide(new AdamW({...options, decay: 'independent', learningRate}), [2, 1], 2), [0.9, 0.45]);
  });

  it('has the defaults of torch: λ is 0.01, times the learning rate', () => {
    const {learningRate, weightDecay, decay, epsilon} = new AdamW().options;
    expect([learningRate, weightDecay, decay, epsilon]).to.deep.equal([1e-3, 0.01, 'decoupled', 1e-8]);
    expect(new AdamW({weightDecay: undefined as never}).options.weightDecay).to.equal(0.01);
  });

  it("is Adam with decay: 'decoupled', to the bit", () => {
    const settings = {learningRate: 0.05, weightDecay: 0.1, amsgrad: true};
    expect(trajectoryOnTensors(new AdamW(settings), rosenbrock, 20)).to.deep.equal(
      trajectoryOnTensors(new Adam({...settings, decay: 'decoupled'}), rosenbrock, 20),
    );
  });
});
