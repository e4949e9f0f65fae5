import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {CentralizeGradients, ClipByNorm, Heun, Ranger} from '../../src/index.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {madeOf, Prescribed} from '../support/prescribed.js';
import {gradientOf} from '../support/unitKinds.js';

describe('CentralizeGradients', () => {
  it('takes the mean of each unit from its gradient, and leaves vectors and scalars', () => {
    // Columns (1, 3) and (2, −6) have the means 2 and −2.
    const made = madeOf(new CentralizeGradients(), [[2, 2], [2], []], [[1, 2, 3, -6], [5, 7], [9]]);
    expect(made).to.deep.equal([[-1, 4, 1, -4], [5, 7], [9]]);
  });

  for (const [kind, {gradient, centralized}] of Object.entries(golden.units)) {
    it(`makes what pytorch_optimizer makes: ${kind}`, () => {
      expectAlike([gradientOf(new CentralizeGradients(), kind, {gradient})], [centralized], 2e-7);
    });
  }

  it('leaves a weight whose units have one element, which would stay for ever', () => {
    const gradient = [1, -2, 3, 4, 5];
    expect(gradientOf(new CentralizeGradients(), 'dense of one input', {gradient})).to.deep.equal(gradient);
    expect(gradientOf(new CentralizeGradients(), 'dense of one unit', {gradient})).not.to.deep.equal(
      gradient,
    );
  });

  it('keeps the sum of each unit where it was, through every phase', () => {
    const plugin = new CentralizeGradients();
    const loop = new Prescribed(new Heun({learningRate: 0.5}), [[2, 2]], [plugin], [[1, 2, 3, 4]]);
    for (const gradient of [
      [1, 5, -3, 2],
      [4, 0, 0.5, 1],
    ])
      loop.step([gradient]);
    const [[a, b, c, d]] = loop.weights as [[number, number, number, number]];
    expectAlike([[a + c, b + d]], [[4, 6]], 1e-7);
    expect(a).not.to.equal(1);
    loop.dispose();
  });

  it('comes before clips, in whatever order they are used', () => {
    // (3, 9) becomes (−3, 3), of norm √18; clipped to norm √2: (−1, 1). The other way round: (−√2/…) of another length.
    for (const isFirst of [true, false]) {
      const plugins = [new CentralizeGradients(), new ClipByNorm({clipNorm: Math.SQRT2})];
      const loop = new Prescribed(tf.train.sgd(0.1), [[2, 1]], isFirst ? plugins : plugins.reverse());
      expectAlike(loop.step([[3, 9]]), [[-1, 1]], 1e-6);
      loop.dispose();
    }
  });

  it('changes nothing where Ranger centralizes by itself', () => {
    const ends = [[], [new CentralizeGradients()]].map(plugins => {
      const loop = new Prescribed(new Ranger({learningRate: 0.1}), [[2, 2]], plugins);
      for (let i = 0; i < 8; i++) loop.step([[1, -2, 3, 0.5 * i]]);
      const {weights} = loop;
      loop.dispose();
      return weights;
    });
    expectAlike(ends[1]!, ends[0]!, 1e-6);
  });
});
