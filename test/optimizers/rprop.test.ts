import {expect} from 'chai';
import {Rprop} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, etaMinus: 0.5, etaPlus: 1.5};

describe('Rprop', () => {
  it('grows its step while the sign stays, shrinks it and stands still where it changes, and then goes on', () => {
    // Steps 0.1; ·1.5 = 0.15; sign changed, ·0.5 = 0.075, none; after a standstill 0.075; ·1.5 = 0.1125 up.
    expectNear(slide(new Rprop(options), [3, 0.01, -2, -7, -1]), [0.9, 0.75, 0.75, 0.825, 0.9375]);
  });

  it('keeps its steps between two bounds', () => {
    // 0.1, 0.12 in place of 0.15;  0.1, then 0.09 in place of 0.05 after a standstill
    expectNear(slide(new Rprop({...options, maxStepSize: 0.12}), [1, 1, 1]), [0.9, 0.78, 0.66]);
    expectNear(slide(new Rprop({...options, minStepSize: 0.09}), [1, -1, -1]), [0.9, 0.9, 0.99]);
  });

  it('counts a gradient of zero as no sign: the step stays, and the weight', () => {
    // After 0 the sign before is forgotten: 0.1 up with the step as it was.
    expectNear(slide(new Rprop(options), [1, 0, -1]), [0.9, 0.9, 1]);
  });

  it('knows the signs of gradients whose product float32 does not hold', () => {
    expectNear(slide(new Rprop(options), [1e-30, 1e-30, -1e-30]), [0.9, 0.75, 0.75]);
  });

  it('scales all steps by the learning rate, also one that changes', () => {
    // 0.1, 0.2·1.5, 0, 0.1·1.5³
    const rates = [0.1, 0.2, 0, 0.1];
    const optimizer = new Rprop({...options, learningRate: step => rates[step]!});
    expectNear(slide(optimizer, [1, 1, 1, 1]), [0.9, 0.6, 0.6, 0.6 - 0.1 * 1.5 ** 3]);
  });

  it('does not hide a gradient that is no number', () => {
    expect(slide(new Rprop(options), [Number.NaN])[0]).to.be.NaN;
  });
});
