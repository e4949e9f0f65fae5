import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {ClipByValue, Heun, SGD} from '../../src/index.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {madeOf, Prescribed} from '../support/prescribed.js';
import {refuses} from '../support/refuses.js';

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;

describe('ClipByValue', () => {
  it('limits each element by itself, to both sides or to one', () => {
    const gradient = [-2, -0.5, 0, 0.25, 3];
    const clipped = (options: object) => madeOf(new ClipByValue(options), [[5]], [gradient])[0];
    expect(clipped({clipValue: 0.5})).to.deep.equal([-0.5, -0.5, 0, 0.25, 0.5]);
    expect(clipped({clipValueMin: -1, clipValueMax: 0.125})).to.deep.equal([-1, -0.5, 0, 0.125, 0.125]);
    expect(clipped({clipValueMin: 0.125})).to.deep.equal([0.125, 0.125, 0.125, 0.25, 3]);
    expect(clipped({clipValueMax: -0.25})).to.deep.equal([-2, -0.5, -0.25, -0.25, -0.25]);
  });

  for (const {clipValue, source, gradients} of golden.clipped.values) {
    it(`makes what ${source} makes with ${clipValue}`, () => {
      const {shapes, gradients: raw} = golden.clipped;
      expectAlike(madeOf(new ClipByValue({clipValue}), shapes, raw), gradients, 1e-7);
    });
  }

  it('makes a bound of an infinity, and leaves NaN', () => {
    expect(madeOf(new ClipByValue({clipValue: 1}), [[4]], [[infinity, -infinity, nan, 0.5]])).to.deep.equal([
      [1, -1, nan, 0.5],
    ]);
  });

  it('takes its bound from a schedule of the completed steps, in every phase of a step', () => {
    const asked: number[] = [];
    const clipValue = (iterations: number) => {
      asked.push(iterations);
      return iterations === 0 ? 0.5 : infinity;
    };
    const loop = new Prescribed(new Heun({learningRate: 0.5}), [[1]], [new ClipByValue({clipValue})]);
    loop.step([[2]]);
    loop.step([[2]]);
    expect(loop.seen).to.deep.equal([[[0.5]], [[0.5]], [[2]], [[2]]]);
    expect(asked).to.deep.equal([0, 0, 1, 1]);
    // 1 − ½·½ − ½·2
    expect(loop.weights).to.deep.equal([[-0.25]]);
    loop.dispose();
  });

  it('refuses what a schedule may not give, before the step', async () => {
    for (const [options, words] of [
      [{clipValue: () => -1}, ['clipValue of ClipByValue', '-1 after 0 steps']],
      [{clipValueMin: () => nan}, ['clipValueMin of ClipByValue', 'NaN after 0 steps']],
      [{clipValueMin: () => 1, clipValueMax: 0}, ['at most clipValueMax; received 1 and 0']],
    ] as const) {
      const loop = new Prescribed(new SGD({learningRate: 0.5}), [[1]], [new ClipByValue(options)]);
      await refuses('INVALID_OPTION', words, () => loop.step([[2]]));
      expect([loop.weights, loop.injection.iterations]).to.deep.equal([[[1]], 0]);
      loop.dispose();
    }
  });

  it('leaves weights that are not chosen, and those without a gradient', () => {
    const loop = new Prescribed(tf.train.sgd(1), [[1], [1], [1]], []);
    const [first, second] = loop.variables;
    loop.injection.use(new ClipByValue({clipValue: 0.5, weights: [first!.name, second!.name]}));
    expect(loop.step([[2], undefined, [2]])).to.deep.equal([[0.5], [2]]);
    expect(loop.weights).to.deep.equal([[0.5], [1], [-1]]);
    loop.dispose();
  });
});
