import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {AccumulateGradients, ClipByGlobalNorm, Heun, inject, SGD} from '../../src/index.js';
import {cut, expectClose, windowModel} from '../support/accumulate.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {madeOf, Prescribed} from '../support/prescribed.js';

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;

describe('ClipByGlobalNorm', () => {
  it('scales all gradients by one factor where their norm is larger, and else leaves their bits', () => {
    // √(2² + 1² + 2²) = 3
    const raw = [[2, 1], [-2]];
    expectAlike(
      madeOf(new ClipByGlobalNorm({clipNorm: 1}), [[2], []], raw),
      [[2 / 3, 1 / 3], [-2 / 3]],
      1e-7,
    );
    expect(madeOf(new ClipByGlobalNorm({clipNorm: 3}), [[2], []], raw)).to.deep.equal(raw);
    const tenths = [[0.1, 0.7], [-0.3]].map(each => each.map(Math.fround));
    expect(madeOf(new ClipByGlobalNorm({clipNorm: 0.8}), [[2], []], tenths)).to.deep.equal(tenths);
  });

  for (const {clipNorm, epsilon, source, gradients} of golden.clipped.global) {
    it(`makes what ${source} makes with ${clipNorm}`, () => {
      const {shapes, gradients: raw} = golden.clipped;
      expectAlike(madeOf(new ClipByGlobalNorm({clipNorm, epsilon}), shapes, raw), gradients, 2e-7);
    });
  }

  it('adds ε to the norm as torch does: to be seen where the norm is small', () => {
    // 1e-6/(1e-6 + 1e-6), and 2e-6 + 1e-6 > 2.5e-6
    const made = (clipNorm: number, norm: number) =>
      madeOf(new ClipByGlobalNorm({clipNorm, epsilon: 1e-6}), [[1]], [[norm]])[0]![0]!;
    expect(made(1e-6, 1e-6)).to.be.closeTo(0.5e-6, 1e-12);
    expect(made(2.5e-6, 2e-6)).to.be.closeTo((2e-6 * 2.5) / 3, 1e-12);
  });

  it('makes NaN of all gradients where one is not finite: a zero would hide it', () => {
    for (const bad of [infinity, -infinity, nan]) {
      const made = madeOf(
        new ClipByGlobalNorm({clipNorm: 1}),
        [[2], [2]],
        [
          [1, 2],
          [bad, 3],
        ],
      );
      expect(made, String(bad)).to.deep.equal([
        [nan, nan],
        [nan, nan],
      ]);
    }
  });

  it('clips finite gradients whose squares float32 does not hold', () => {
    expectAlike(
      madeOf(new ClipByGlobalNorm({clipNorm: 5}), [[1], [1]], [[3e25], [-4e25]]),
      [[3], [-4]],
      1e-6,
    );
    expect(madeOf(new ClipByGlobalNorm({clipNorm: 1}), [[1], [1]], [[0], [0]])).to.deep.equal([[0], [0]]);
  });

  it('counts chosen weights only, and scales these', () => {
    const loop = new Prescribed(tf.train.sgd(0.1), [[1], [1], [1]], []);
    const [first, , third] = loop.variables;
    loop.injection.use(new ClipByGlobalNorm({clipNorm: 1, weights: [first!.name, third!.name]}));
    expectAlike(loop.step([[3], [12], [4]]), [[0.6], [12], [0.8]], 1e-7);
    // Where all that have a gradient are not chosen, there is no norm.
    expect(loop.step([undefined, [12], undefined])).to.deep.equal([[12]]);
    loop.dispose();
  });

  it('moves a compiled model by numbers, and lets frozen weights stay', async () => {
    // The gradient is 5w − 3 = 2 at w = 1, 4.5 − 3 at 0.9: 1 − 0.1·1, 0.9 − 0.1·1
    const model = lineModel('sgd');
    new SGD({learningRate: 0.1}).inject(model).use(new ClipByGlobalNorm({clipNorm: 1}));
    const moved = [];
    for (let i = 0; i < 2; i++) {
      await model.trainOnBatch(x, y);
      moved.push(weightOf(model));
    }
    expectAlike([moved], [[0.9, 0.8]], 2e-7);
    model.dispose();
  });

  it('clips each phase of Heun by itself', () => {
    // Gradients 4 and 4: both become 1, so w = 1 − 0.5·(1 + 1)/2.
    const loop = new Prescribed(new Heun({learningRate: 0.5}), [[1]], [new ClipByGlobalNorm({clipNorm: 1})]);
    loop.step([[4]]);
    expect(loop.seen).to.deep.equal([[[1]], [[1]]]);
    expect(loop.weights).to.deep.equal([[0.5]]);
    loop.dispose();
  });

  it('clips the average over an accumulation window, as if it were one batch', async () => {
    const [whole, parts] = [windowModel(), windowModel()];
    for (const model of [whole, parts]) {
      inject(model).use(new ClipByGlobalNorm({clipNorm: 0.05}));
      new SGD({learningRate: 1}).inject(model);
    }
    inject(parts).use(new AccumulateGradients({steps: 4}));
    const start = whole.getWeights().flatMap(weight => [...weight.dataSync()]);
    for (let step = 0; step < 3; step++) {
      const [xs, ys] = cut(16 * step, 16);
      await whole.trainOnBatch(xs, ys);
      for (let i = 0; i < 4; i++) {
        const [px, py] = cut(16 * step + 4 * i, 4);
        await parts.trainOnBatch(px, py);
        tf.dispose([px, py]);
      }
      tf.dispose([xs, ys]);
    }
    expectClose(whole, parts);
    // Each step has length rate·clipNorm, since all of them were clipped.
    const moved = whole.getWeights().flatMap(weight => [...weight.dataSync()]);
    const far = Math.hypot(...moved.map((value, i) => value - start[i]!));
    expect(far).to.be.within(0.05, 0.1501);
    for (const model of [whole, parts]) model.dispose();
  });
});
