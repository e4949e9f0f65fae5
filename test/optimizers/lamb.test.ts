import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {LAMB} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';
import {vectorAfter} from '../support/vectorAfter.js';

const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0};

describe('LAMB', () => {
  it("steps in Adam's direction, by a share of the weight's norm", () => {
    // Step 1: m̂/√v̂ = g/|g| = (1, −1), of norm √2; ‖θ‖ = 5: θ − 0.1·5/√2·(1, −1).
    const move = 0.5 / Math.SQRT2;
    expectNear(vectorAfter(new LAMB(options), [3, 4], [[2, -1]]), [3 - move, 4 + move]);
  });

  it('corrects both means for their start at zero, or neither', () => {
    // One element: every step is 0.1·|θ|, whatever the means' size.
    expectNear(slide(new LAMB(options), [4, 2]), [0.9, 0.81]);
    // Two: step 1 moves the first alone, by 0.1·5. At step 2 m = (2, 1), v = (4, 1), and with ε = 1
    // u = (2/3, 1/2), or of m/0.75 and v/0.4375.
    const second = (u: readonly [number, number], [a, b]: readonly [number, number]) => {
      const share = (0.1 * Math.hypot(a, b)) / Math.hypot(...u);
      return [a - share * u[0], b - share * u[1]];
    };
    const gradients = [
      [4, 0],
      [2, 2],
    ];
    const root = Math.sqrt(0.4375);
    const corrected = [2 / 0.75 / (2 / root + 1), 1 / 0.75 / (1 / root + 1)] as const;
    expectNear(
      vectorAfter(new LAMB({...options, epsilon: 1}), [3, 4], gradients),
      second(corrected, [2.5, 4]),
    );
    expectNear(
      vectorAfter(new LAMB({...options, epsilon: 1, biasCorrection: false}), [3, 4], gradients),
      second([2 / 3, 1 / 2], [2.5, 4]),
    );
  });

  it('has its decay inside the ratio, or outside as Keras has it', () => {
    const decaying = {...options, weightDecay: 0.5};
    // u = (1 + 0.5·3, −1 + 0.5·4) = (2.5, 1): θ − 0.1·5/√7.25·u
    const share = 0.5 / Math.sqrt(7.25);
    expectNear(vectorAfter(new LAMB(decaying), [3, 4], [[2, -1]]), [3 - share * 2.5, 4 - share]);
    // θ·(1 − 0.1·0.5) = (2.85, 3.8), of norm 4.75
    const move = 0.475 / Math.SQRT2;
    expectNear(vectorAfter(new LAMB({...decaying, decay: 'decoupled'}), [3, 4], [[2, -1]]), [
      2.85 - move,
      3.8 + move,
    ]);
    // θ·(1 − 0.5) = (1.5, 2), of norm 2.5
    const small = 0.25 / Math.SQRT2;
    expectNear(vectorAfter(new LAMB({...decaying, decay: 'independent'}), [3, 4], [[2, -1]]), [
      1.5 - small,
      2 + small,
    ]);
  });

  it('bounds the norm of the weight, where it is told to', () => {
    expectNear(vectorAfter(new LAMB({...options, maxWeightNorm: 2}), [3, 4], [[2, 0]]), [2.8, 4]);
  });

  it('has a ratio of 1 where a norm is 0', () => {
    expectNear(vectorAfter(new LAMB(options), [0, 0], [[2, -1]]), [-0.1, 0.1]);
    expectNear(vectorAfter(new LAMB(options), [3, 4], [[0, 0]]), [3, 4], 0);
  });

  it('takes the same way, whatever the scale of loss or weight', () => {
    const gradients = [
      [4, 1],
      [-2, 3],
      [1, 1],
    ];
    const one = vectorAfter(new LAMB(options), [3, 4], gradients);
    const louder = gradients.map(each => each.map(g => g * 1024));
    expect(vectorAfter(new LAMB(options), [3, 4], louder)).to.deep.equal(one);
    expectNear(
      vectorAfter(new LAMB(options), [300, 400], gradients),
      one.map(w => 100 * w),
      1e-4,
    );
  });

  it('takes each weight by a norm of its own', () => {
    const [a, b] = [tf.variable(tf.tensor1d([3])), tf.variable(tf.tensor1d([40]))];
    const optimizer = new LAMB(options);
    optimizer.minimize(() => tf.sum(tf.add(a, b)) as tf.Scalar, false, [a, b]);
    expectNear([a.dataSync()[0]!, b.dataSync()[0]!], [2.7, 36], 1e-5);
    for (const each of [optimizer, a, b]) each.dispose();
  });
});
