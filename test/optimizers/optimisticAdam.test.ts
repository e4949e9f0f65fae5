import {expect} from 'chai';
import {Adam, OptimisticAdam} from '../../src/index.js';
import {circle} from '../support/circle.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 0, nesterov: false};

describe('OptimisticAdam', () => {
  it('goes beyond its step by what the step has changed', () => {
    // Step 1: m̂ = 4, v̂ = 16: r = 1, and no change: 1 − 0.1.
    // Step 2: m = ½·2 − ½·2 = 0: r = 0; θ − 0.1·0 − 0.1·(0 − 1) = 1.
    // Step 3: m = 0 + ½·1, m̂ = 0.5/0.875 = 4/7; v = ½·(½·8 + ½·4) + ½ = 3.5, v̂ = 4: r = 2/7; θ − 0.1·r − 0.1·(r − 0)
    expectNear(slide(new OptimisticAdam(options), [4, -2, 1]), [0.9, 1, 1 - 0.4 / 7]);
  });

  it('counts the gradient once more as Nesterov', () => {
    // m̂ = ½·2/(1 − ½²) + ½·4/(1 − ½) = 4/3 + 4 = 16/3, √v̂ = 4: r = 4/3
    expectNear(slide(new OptimisticAdam({...options, nesterov: true}), [4]), [1 - 0.4 / 3]);
  });

  it('adds ε to the root, and another inside it', () => {
    expectNear(slide(new OptimisticAdam({...options, epsilon: 1}), [4]), [0.92]); // 4/5
    expectNear(slide(new OptimisticAdam({...options, epsilonRoot: 9}), [4]), [0.92]);
  });

  it('is Adam without optimism, and has its defaults', () => {
    const gradients = [4, -2, 1, 0.5, -3];
    const adam = slide(new Adam(), gradients);
    expectNear(slide(new OptimisticAdam({optimism: 0, nesterov: false}), gradients), adam);
    const defaults = {optimism: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, nesterov: true};
    expect(slide(new OptimisticAdam(), gradients)).to.deep.equal(
      slide(new OptimisticAdam({learningRate: 0.001, ...defaults}), gradients),
    );
  });

  it('stays where it is on a gradient of zero', () => {
    for (const epsilon of [0, 1e-8]) {
      expectNear(slide(new OptimisticAdam({epsilon}), [0, 0]), [1, 1], 0);
    }
  });

  it('ends in the middle of a game around which Adam circles', () => {
    // optax's own example: x·y, α = 0.01, o = 1. Of the distances that it prints: 2.161 after 16, 0.796 after 256.
    const distances = circle(new OptimisticAdam({learningRate: 0.01, optimism: 100}), [1, 2], 1024);
    expect(distances[16]).to.be.closeTo(2.161, 1e-3);
    expect(distances[256]).to.be.closeTo(0.796, 1e-3);
    expect(distances[1024]).to.be.below(0.002);
    expect(circle(new Adam({learningRate: 0.01}), [1, 2], 1024)[1024]).to.be.above(2);
  });
});
