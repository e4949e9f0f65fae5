import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {ClipByNorm, inject} from '../../src/index.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {lineModel} from '../support/line.js';
import {madeOf, Prescribed} from '../support/prescribed.js';
import {refuses} from '../support/refuses.js';

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;

describe('ClipByNorm', () => {
  it('scales each gradient of a larger norm to that norm, by itself', () => {
    // ‖(3, 4)‖ = 5, ‖(0.6, 0.8)‖ = 1, ‖−8‖ = 8
    const made = madeOf(new ClipByNorm({clipNorm: 2}), [[2], [2], []], [[3, 4], [0.6, 0.8], [-8]]);
    expectAlike(made, [[1.2, 1.6], [0.6, 0.8], [-2]], 1e-7);
    expect(made[1]).to.deep.equal([0.6, 0.8].map(Math.fround));
  });

  for (const {clipNorm, source, gradients} of golden.clipped.norms) {
    it(`makes what ${source} makes with ${clipNorm}`, () => {
      const {shapes, gradients: raw} = golden.clipped;
      expectAlike(madeOf(new ClipByNorm({clipNorm}), shapes, raw), gradients, 2e-7);
    });
  }

  it('makes NaN of the whole gradient whose norm is not finite, and of no other', () => {
    const made = madeOf(
      new ClipByNorm({clipNorm: 2}),
      [[2], [2], [2]],
      [
        [1, infinity],
        [3, 4],
        [nan, 1],
      ],
    );
    expectAlike([made[1]!], [[1.2, 1.6]], 1e-7);
    expect([made[0], made[2]]).to.deep.equal([
      [nan, nan],
      [nan, nan],
    ]);
  });

  it('leaves zeros, and clips what has squares that float32 does not hold', () => {
    expect(madeOf(new ClipByNorm({clipNorm: 1}), [[2]], [[0, 0]])).to.deep.equal([[0, 0]]);
    for (const [clipNorm, size] of [
      [1, 1e20],
      [1, 1e31],
      [1e-3, 1e28],
      [100, 1e33],
      [1e-25, 1e-20],
      [1e30, 1e35],
    ] as const) {
      const made = madeOf(new ClipByNorm({clipNorm}), [[2]], [[3 * size, -4 * size]]);
      expectAlike(made, [[0.6 * clipNorm, -0.8 * clipNorm]], 1e-6);
    }
  });

  it('takes its threshold from a schedule of the completed steps', () => {
    const clipNorm = (iterations: number) => [1, infinity, 2][iterations]!;
    const loop = new Prescribed(tf.train.sgd(0.1), [[2]], [new ClipByNorm({clipNorm})]);
    expectAlike([loop.step([[3, 4]])[0]!], [[0.6, 0.8]], 1e-6);
    expect(loop.step([[3, 4]])).to.deep.equal([[3, 4]]);
    expectAlike([loop.step([[3, 4]])[0]!], [[1.2, 1.6]], 1e-6);
    loop.dispose();
  });

  it('refuses weights that are not there, and has then changed nothing', async () => {
    const model = lineModel();
    const injection = inject(model);
    await refuses('INVALID_OPTION', ['weights of ClipByNorm', '"nowhere"'], () =>
      injection.use(new ClipByNorm({clipNorm: 1, weights: 'nowhere'})),
    );
    expect(injection.plugins).to.deep.equal([]);
    expect(injection.hooks.gradients.isUsed()).to.equal(false);
    model.dispose();
  });
});
