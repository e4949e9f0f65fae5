import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Ranger} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

describe('Ranger', () => {
  it('takes plain momentum steps until v is trusted, and pulls the weights back half-way after every k', () => {
    // β₁ = 0.5, gradients 2: m = 1, 1.5 over 1 − 0.5, 1 − 0.25: m̂ = 2, 2. α = 0.1: 1 − 0.2 = 0.8, 0.6; k = 2: ½(1 + 0.6)
    // Then m = 1.75, over 1 − 0.125: m̂ = 2: 0.8 − 0.2
    expectNear(slide(new Ranger({learningRate: 0.1, k: 2, beta1: 0.5}), [2, 2, 2]), [0.8, 0.8, 0.6]);
  });

  it('decays the weights by α·λ of them', () => {
    // m̂ = 2: 1 − 0.1·0.5·1 − 0.1·2
    expectNear(slide(new Ranger({learningRate: 0.1, weightDecay: 0.5}), [2]), [0.75]);
  });

  it('is RAdam without slow weights at alpha 1, whatever k', () => {
    const gradients = Array.from({length: 12}, (_, i) => Math.cos(i));
    const with1 = slide(new Ranger({learningRate: 0.1, alpha: 1, k: 1}), gradients);
    expect(with1).to.deep.equal(slide(new Ranger({learningRate: 0.1, alpha: 1, k: 5}), gradients));
    expect(with1).to.not.deep.equal(slide(new Ranger({learningRate: 0.1, k: 5}), gradients));
  });

  const firstStep = (shape: number[], values: number[], centralize: boolean) => {
    const weight = tf.variable(tf.zeros(shape));
    const optimizer = new Ranger({learningRate: 0.1, centralize});
    const gradient = tf.tensor(values, shape);
    optimizer.minimize(() => tf.sum(tf.mul(weight, gradient)) as tf.Scalar, false, [weight]);
    const moved = [...weight.dataSync()];
    optimizer.dispose();
    tf.dispose([weight, gradient]);
    return moved;
  };

  it('centralizes the gradients of each output over all inputs, of matrices and kernels', () => {
    // Columns (1, 3) and (5, 1) less their means 2 and 3: −1, 1 and 2, −2. The first step is −0.1·m̂ = −0.1·g.
    expectNear(firstStep([2, 2], [1, 5, 3, 1], true), [0.1, -0.2, -0.1, 0.2]);
    expectNear(firstStep([2, 2], [1, 5, 3, 1], false), [-0.1, -0.5, -0.3, -0.1]);
    // One output of a kernel of 2 × 1 × 2: the mean of 1, 2, 3, 6 is 3.
    expectNear(firstStep([2, 1, 2, 1], [1, 2, 3, 6], true), [0.2, 0.1, 0, -0.3]);
  });

  it('leaves the gradients of vectors and scalars as they are', () => {
    expectNear(firstStep([3], [1, 2, 3], true), [-0.1, -0.2, -0.3]);
    expectNear(firstStep([], [4], true), [-0.4]);
  });
});
