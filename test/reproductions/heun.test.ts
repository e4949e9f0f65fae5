import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {follow} from '../../reproductions/claims/heun/follow.js';
import {flow, forward, gradient, meanSquares, type Rows} from '../../reproductions/claims/heun/network.js';
import {normalNumbers} from '../../reproductions/claims/heun/normalNumbers.js';
import {slopeOf} from '../../reproductions/claims/heun/orders.js';
import {bestRate, type HeunRun, nextSettings, seedsOfPart} from '../../reproductions/claims/heun/settings.js';
import {looks, train} from '../../reproductions/claims/heun/train.js';

const rows: Rows = {
  x: [
    [0.3, -1.2],
    [0.8, 0.4],
    [-0.5, 0.9],
  ],
  y: [0.2, -0.7, 1.1],
};
/** `hidden` of two inputs and three units, then `output`. */
const start = [0.5, -0.3, 0.8, 0.1, 0.9, -0.6, 0.7, -0.4, 0.2];

describe('the gradient flow of a small network', () => {
  it('has the gradient that TensorFlow.js gives, by hand', () => {
    const gradients = tf.tidy(() => {
      const [x, y] = [tf.tensor3d([rows.x as number[][]]), tf.tensor3d([rows.y.map(each => [each])])];
      const loss = (hidden: tf.Tensor, output: tf.Tensor) =>
        tf.sum(meanSquares(forward(x, hidden, output), y));
      const [hidden, output] = [
        tf.tensor3d(start.slice(0, 6), [1, 2, 3]),
        tf.tensor3d(start.slice(6), [1, 3, 1]),
      ];
      return tf
        .grads(loss)([hidden, output])
        .flatMap(each => [...each.dataSync()]);
    });
    gradient(rows, start, 3).forEach((value, i) => {
      expect(value).to.be.closeTo(gradients[i]!, 1e-6);
    });
  });

  it('leads where it led with a quarter of the steps, to order four', () => {
    const [coarse, fine, finest] = [5, 20, 320].map(steps => flow(rows, start, 3, 1, steps));
    const distance = (end: number[]) => Math.hypot(...end.map((value, i) => value - finest![i]!));
    expect(distance(coarse!)).to.be.below(1e-3);
    expect(Math.log(distance(coarse!) / distance(fine!)) / Math.log(4)).to.be.closeTo(4, 0.3);
  });

  it('is followed more closely by two gradients in a step, and by four', () => {
    const [sgd, heun, rk4] = (['SGD', 'Heun', 'RK4'] as const).map(method =>
      follow({method, steps: 8, seeds: [1, 2]}),
    );
    for (const seed of [0, 1]) {
      expect(heun![seed]).to.be.below(sgd![seed]! / 4);
      expect(rk4![seed]).to.be.below(heun![seed]! / 20);
    }
  });

  it('has an order that is the slope of log error over log length', () => {
    expect(slopeOf([4, 8, 16].map(steps => ({steps, error: 3 * steps ** -2})))).to.be.closeTo(2, 1e-12);
  });
});

describe('a contest of optimizers', () => {
  it('gives each seed its numbers, whichever stand beside it', () => {
    tf.tidy(() => {
      const [both, alone] = [normalNumbers([1, 2], [3], 5).dataSync(), normalNumbers([2], [3], 5).dataSync()];
      expect([...both.slice(3)]).to.deep.equal([...alone]);
      expect([...both.slice(0, 3)]).to.not.deep.equal([...alone]);
    });
  });

  it('sees Heun spiral outwards in a game, and ExtraGradient inwards', () => {
    // With z = α·σ for a singular value σ of M, the squares of the factors are 1 + z⁴/4, and 1 − z² + z⁴.
    const rate = 0.5;
    const ended = (method: 'Heun' | 'ExtraGradient') =>
      train({problem: 'game', method, rate, seeds: [7]}).map(([value]) => value!);
    const growing = ended('Heun');
    const falling = ended('ExtraGradient');
    for (let i = 1; i < looks; i++) {
      expect(growing[i]).to.be.above(growing[i - 1]!);
      expect(falling[i]).to.be.below(falling[i - 1]!);
    }
  });

  it('takes as many gradients for one phase as for two', () => {
    // On ½·λ·θ² a step of SGD multiplies the loss by (1 − αλ)², one of Heun by (1 − αλ + (αλ)²/2)².
    const rate = 0.475;
    const curvatures = Array.from({length: 10}, (_, i) => 1000 ** (-i / 9));
    const starts = tf.tidy(() => normalNumbers([3], [10], 1).dataSync());
    const lossAfter = (factor: (z: number) => number, steps: number) =>
      curvatures.reduce((sum, a, i) => sum + (a / 2) * (factor(rate * a) ** steps * starts[i]!) ** 2, 0);
    const end = (method: 'SGD' | 'Heun') =>
      train({problem: 'quadratic', method, rate, seeds: [3]}).at(-1)![0]!;
    expect(end('SGD') / lossAfter(z => 1 - z, 240)).to.be.closeTo(1, 1e-3);
    expect(end('Heun') / lossAfter(z => 1 - z + z ** 2 / 2, 120)).to.be.closeTo(1, 1e-3);
  });

  it('tells what diverges as infinite', () => {
    const ended = train({problem: 'valley', method: 'SGD', rate: 0.1, seeds: [1]}).at(-1);
    expect(ended).to.deep.equal([Number.POSITIVE_INFINITY]);
  });

  it('takes the rate with the lowest median, where no seed diverged, from seeds that are not told', () => {
    const run = (rate: number, ends: number[]): HeunRun => ({
      setting: {part: 'tuning', problem: 'valley', method: 'Heun', rate},
      outcome: [ends],
    });
    const runs = [run(0.4, [0.1, 0.1, Number.POSITIVE_INFINITY]), run(0.2, [1, 2, 9]), run(0.1, [3, 3, 3])];
    expect(bestRate(runs, 'valley', 'Heun')).to.equal(0.2);
    const full = {isQuick: false};
    const tuning = nextSettings([], full).filter(({part}) => part === 'tuning');
    const told = seedsOfPart({...runs[0]!.setting, part: 'told'} as never, full);
    expect(seedsOfPart(tuning[0]!, full).some(seed => told.includes(seed))).to.equal(false);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    train({problem: 'network', method: 'Heun', rate: 0.01, seeds: [1]});
    follow({method: 'SGD', steps: 2, seeds: [1]});
    expect(tf.memory().numTensors).to.equal(before);
  });
});
