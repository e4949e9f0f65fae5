import {expect} from 'chai';
import {Adamax, type AdamaxOptions} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options: AdamaxOptions = {learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0};

describe('Adamax', () => {
  it('divides the mean of the gradient by the greatest recent one', () => {
    // g = 2: m = 1, m̂ = 2, u = 2: 1 − 0.1.  g = 1: m = 1, m̂ = 4/3, u = max(0.75·2, 1) = 1.5: 0.9 − 0.1·(4/3)/1.5
    // g = −3: m = −1, m̂ = −8/7, u = 3: + 0.1·8/21
    const second = 0.9 - 0.8 / 9;
    expectNear(slide(new Adamax(options), [2, 1, -3]), [0.9, second, second + 0.8 / 21]);
  });

  it('adds ε to the gradient within the maximum, or to the maximum', () => {
    // u = |2| + 1 = 3, then max(0.75·3, |1| + 1) = 2.25;  u = 2, then 1.5, and 1 more
    const first = 1 - 0.2 / 3;
    expectNear(slide(new Adamax({...options, epsilon: 1}), [2, 1]), [first, first - 0.4 / 3 / 2.25]);
    const outside = {...options, epsilon: 1, epsilonOn: 'maximum'} as const;
    expectNear(slide(new Adamax(outside), [2, 1]), [first, first - 0.4 / 3 / 2.5]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = −0.5 + 0.5·2: 2 − 0.1;  2 − 0.1·0.5·2 − 0.1;  2 − 0.5·2 − 0.1
    const decaying = {...options, weightDecay: 0.5};
    expectNear(slide(new Adamax(decaying), [-0.5], 2), [1.9]);
    expectNear(slide(new Adamax({...decaying, decay: 'decoupled'}), [1], 2), [1.8]);
    expectNear(slide(new Adamax({...decaying, decay: 'independent'}), [1], 2), [0.9]);
  });

  it('has the defaults of torch', () => {
    const {learningRate, beta1, beta2, epsilon} = new Adamax().options;
    expect([learningRate, beta1, beta2, epsilon]).to.deep.equal([2e-3, 0.9, 0.999, 1e-8]);
  });

  it('stays on a gradient of zero, without ε too', () => {
    for (const epsilon of [0, 1e-8]) {
      for (const epsilonOn of ['gradient', 'maximum'] as const) {
        expectNear(slide(new Adamax({epsilon, epsilonOn}), [0, 0, 0]), [1, 1, 1], 0);
      }
    }
  });

  it('is right for gradients whose squares float32 does not hold', () => {
    for (const gradient of [1e-30, 1e30]) expectNear(slide(new Adamax(options), [gradient]), [0.9]);
  });
});
