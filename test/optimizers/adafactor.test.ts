import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Adafactor, type AdafactorOptions} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';
import {vectorAfter} from '../support/vectorAfter.js';

/** Nothing but the scaled gradient. */
const bare: AdafactorOptions = {
  learningRate: 0.1,
  relativeStep: false,
  multiplyByParameterScale: false,
  clippingThreshold: 'none',
  epsilon1: 0,
};
const factored: AdafactorOptions = {...bare, minDimSizeToFactor: 2};

async function slotShapes(options: AdafactorOptions, shape: number[]): Promise<Record<string, number[]>> {
  const [optimizer, weight] = [new Adafactor(options), tf.variable(tf.ones(shape))];
  optimizer.minimize(() => tf.sum(weight), false, [weight]);
  const slots = (await optimizer.getWeights()).slice(1);
  const shapes = Object.fromEntries(slots.map(({name, tensor}) => [name.split('/').at(-2)!, tensor.shape]));
  for (const each of [optimizer, weight]) each.dispose();
  return shapes;
}

describe('Adafactor', () => {
  it('keeps of a matrix the means of its rows and columns', () => {
    // g² = [[1, 4], [9, 16]]: rows (2.5, 12.5), of mean 7.5; columns (5, 10).
    // v̂ = rows·columns/7.5 = [[5/3, 10/3], [25/3, 50/3]]
    const v = [5 / 3, 10 / 3, 25 / 3, 50 / 3];
    const g = [1, 2, -3, 4];
    const expected = g.map((each, i) => 1 - (0.1 * each) / Math.sqrt(v[i]!));
    expectNear(vectorAfter(new Adafactor(factored), [1, 1, 1, 1], [g], [2, 2]), expected);
  });

  it('keeps the whole mean of a vector, and of a matrix that is not factored', () => {
    // v̂ = g² at step 1: a sign.
    const g = [1, 2, -3, 4];
    for (const options of [bare, {...factored, factoredAxes: 'none' as const}]) {
      expectNear(vectorAfter(new Adafactor(options), [1, 1, 1, 1], [g], [2, 2]), [0.9, 0.9, 1.1, 0.9]);
    }
    expectNear(vectorAfter(new Adafactor(factored), [1, 1, 1, 1], [g]), [0.9, 0.9, 1.1, 0.9]);
  });

  it('is the same factored or not where squares are a product of rows and columns', () => {
    const gradients = [
      [1, 2, -3, 6],
      [4, -2, 1, 2],
    ];
    const start = [1, 1, 1, 1];
    // (1, 4; 9, 36) is (1, 9)ᵀ·(1, 4), of rank 1.
    const [first] = gradients;
    expectNear(
      vectorAfter(new Adafactor(factored), start, [first!], [2, 2]),
      vectorAfter(new Adafactor(bare), start, [first!], [2, 2]),
    );
    // What they sum to is not.
    const [a, b] = [factored, bare].map(each => vectorAfter(new Adafactor(each), start, gradients, [2, 2]));
    expect(Math.abs(a![0]! - b![0]!)).to.be.above(1e-3);
  });

  it('forgets the slower, the more steps it has taken', () => {
    // β₂ = 1 − 2^(−0.8) at step 2: v̂ = β₂·16 + (1 − β₂)·4. With c = 1, β₂ = 1/2: v̂ = 10.
    const added = 2 ** -0.8;
    const second = (v: number) => 0.9 - 0.2 / Math.sqrt(v);
    expectNear(slide(new Adafactor(bare), [4, 2]), [0.9, second(16 * (1 - added) + 4 * added)]);
    expectNear(slide(new Adafactor({...bare, decayRate: 1}), [4, 2]), [0.9, second(10)]);
  });

  it('makes steps in proportion to the weight, or to ε₂ where that is greater', () => {
    const relative = {...bare, multiplyByParameterScale: true};
    // RMS(3, 4) = √12.5
    const move = 0.1 * Math.sqrt(12.5);
    expectNear(vectorAfter(new Adafactor(relative), [3, 4], [[2, -1]]), [3 - move, 4 + move]);
    expectNear(vectorAfter(new Adafactor({...relative, epsilon2: 0.5}), [0, 0], [[2, -1]]), [-0.05, 0.05]);
  });

  it('makes steps no greater than 1/√t', () => {
    // At a rate of 0.6: 0.6 at step 1, and 1/√3 ≈ 0.577 at step 3 (0.6 < 1/√2 at step 2).
    const optimizer = new Adafactor({...bare, learningRate: 0.6, relativeStep: true});
    expectNear(slide(optimizer, [1, 1, 1]), [0.4, -0.2, -0.2 - 1 / Math.sqrt(3)]);
  });

  it('clips the scaled gradient by its root mean square', () => {
    // Step 2: β₂ = 1/2, v̂ = (1 + 49)/2 = 25, u = 7/5: clipped to 1, or to 1.25.
    const gradients = [1, 7];
    const clip = (clippingThreshold: number | 'none') =>
      slide(new Adafactor({...bare, decayRate: 1, clippingThreshold}), gradients);
    expectNear(clip('none'), [0.9, 0.76]);
    expectNear(clip(1), [0.9, 0.8]);
    expectNear(clip(1.25), [0.9, 0.775]);
  });

  it('averages steps with β₁', () => {
    // Steps of 0.1 and 0.1: m = 0.05, then 0.025 + 0.05.
    expectNear(slide(new Adafactor({...bare, beta1: 0.5}), [2, 2]), [0.95, 0.875]);
  });

  it('adds ε₁ to the square, or bounds the estimate by it', () => {
    // 0.3/√(0.09 + 0.16) = 0.6;  0.3/max(0.3, 0.6) = 0.5
    expectNear(slide(new Adafactor({...bare, epsilon1: 0.16}), [0.3]), [0.94]);
    expectNear(slide(new Adafactor({...bare, epsilon1: 0.6, epsilonOn: 'estimate'}), [0.3]), [0.95]);
    // A matrix of 0.3: rows and columns 0.09, their mean at least 0.2: v̂ = 0.0081/0.2 = 0.0405, above 0.2².
    const optimizer = new Adafactor({...factored, epsilon1: 0.2, epsilonOn: 'estimate'});
    const moved = 1 - 0.03 / Math.sqrt(0.0405);
    expectNear(vectorAfter(optimizer, [1, 1, 1, 1], [[0.3, 0.3, 0.3, 0.3]], [2, 2]), Array(4).fill(moved));
  });

  it('decays by the rate, which 1/√t does not bound, or without it', () => {
    // 2·(1 − 0.6·0.5) − 0.6;  2·(1 − 0.5) − 0.6
    const decaying = {...bare, learningRate: 0.6, weightDecay: 0.5};
    expectNear(slide(new Adafactor(decaying), [1], 2), [0.8]);
    expectNear(slide(new Adafactor({...decaying, decay: 'independent'}), [1], 2), [0.4]);
    // The step is in proportion to the weight before its decay, 2: 2·(1 − 0.1·0.5) − 0.1·2
    const scaled = {...bare, weightDecay: 0.5, multiplyByParameterScale: true};
    expectNear(slide(new Adafactor(scaled), [1], 2), [1.7]);
    const third = slide(new Adafactor({...decaying, relativeStep: true}), [1, 1, 1], 2);
    expect(third[2]! - 0.7 * third[1]!).to.be.closeTo(-1 / Math.sqrt(3), 1e-6);
  });

  it('stays where it is on a gradient of zero, without ε as well', () => {
    for (const options of [{}, factored, {...factored, epsilonOn: 'estimate' as const}]) {
      const optimizer = new Adafactor(options);
      expectNear(vectorAfter(optimizer, [1, 2, 3, 4], [[0, 0, 0, 0]], [2, 2]), [1, 2, 3, 4], 0);
    }
  });

  it('has no NaN where squares are infinite', () => {
    const moved = vectorAfter(new Adafactor(factored), [1, 1, 1, 1], [[1e30, 1, 1, 1]], [2, 2]);
    expect(moved.every(Number.isFinite)).to.equal(true);
  });

  it('factors over the two largest axes, or the last two, of a least size', async () => {
    const shape = [4, 2, 3];
    expect(await slotShapes(factored, shape)).to.deep.equal({rows: [1, 2, 3], columns: [4, 2, 1]});
    const last = {...factored, factoredAxes: 'last' as const};
    expect(await slotShapes(last, shape)).to.deep.equal({rows: [4, 2, 1], columns: [4, 1, 3]});
    const whole = {rows: shape, columns: []};
    expect(await slotShapes({...factored, minDimSizeToFactor: 4}, shape)).to.deep.equal(whole);
    expect(await slotShapes({}, shape)).to.deep.equal(whole);
    expect(await slotShapes({...last, minDimSizeToFactor: 3}, shape)).to.deep.equal(whole);
  });

  it('factors each matrix of a stack by itself', () => {
    const [a, b] = [
      [1, 2, -3, 4],
      [5, -1, 2, 2],
    ];
    const alone = [a!, b!].flatMap(g => vectorAfter(new Adafactor(factored), [1, 1, 1, 1], [g], [2, 2]));
    const options = {...factored, factoredAxes: 'last' as const};
    expectNear(vectorAfter(new Adafactor(options), Array(8).fill(1), [[...a!, ...b!]], [2, 2, 2]), alone);
  });
});
