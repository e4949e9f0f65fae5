import {expect} from 'chai';
import {Lion} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.75};

describe('Lion', () => {
  it('steps by the sign of a momentum that weighs the newest gradient more than the slot does', () => {
    // c = 0.5·4 = 2, m = 0.25·4 = 1;  c = 0.5·1 − 0.5·2 = −0.5, m = 0.75 − 0.5 = 0.25;
    // c = 0.125 − 0.05 > 0, where the newest gradient alone, −0.1, would go up.
    expectNear(slide(new Lion(options), [4, -2, -0.1]), [0.9, 1, 0.9]);
  });

  it('takes no step where the momentum is zero', () => {
    // c = 0;  m = 0.25·4 = 1, c = 0.5·1 − 0.5·1 = 0
    expectNear(slide(new Lion(options), [0]), [1], 0);
    const [first, second] = slide(new Lion(options), [4, -1]);
    expect(second).to.equal(first);
  });

  it('does not hide a gradient that is no number', () => {
    expect(slide(new Lion(options), [Number.NaN])[0]).to.be.NaN;
  });

  it('decays the weight itself, by the learning rate or without it, or through the gradient', () => {
    // 2 − 0.1·0.5·2 − 0.1;  2 − 0.5·2 − 0.1;  −0.5 + 0.5·2 > 0: 2 − 0.1
    expectNear(slide(new Lion({...options, weightDecay: 0.5}), [1], 2), [1.8]);
    expectNear(slide(new Lion({...options, weightDecay: 0.5, decay: 'independent'}), [1], 2), [0.9]);
    expectNear(slide(new Lion({...options, weightDecay: 0.5, decay: 'l2'}), [-0.5], 2), [1.9]);
  });
});
