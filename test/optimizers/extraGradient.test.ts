import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.
import {expect} from 'chai';
import {Adam, ExtraGradient, type ExtraGradientOptions, RungeKutta, SGD} from '../../src/index.js';
import {circle} from '../support/circle.js';
import {gradientFlow} from '../support/problems.js';
import {expectNear} from '../support/slide.js';
import {trajectoryOnTensors} from '../support/trajectories.js';

/** θ after steps down θ⁴/4, whose gradient is θ³, from 1. */
function descend(options: ExtraGradientOptions, steps = 1): number[] {
  const weight = tf.variable(tf.scalar(1));
  const optimizer = new ExtraGradient(options);
  const ends = Array.from({length: steps}, () => {
    optimizer.minimize(() => tf.div(tf.pow(weight, 4), 4) as tf.Scalar, false, [weight]);
    return weight.dataSync()[0]!;
  });
  for (const each of [optimizer, weight]) each.dispose();
  return ends;
}

const adam = {base: 'adam', learningRate: 0.5, beta1: 0.5, beta2: 0.5, epsilon: 0} as const;

describe('ExtraGradient', () => {
  it('steps from where it began by the gradient of the point ahead', () => {
    // g₁ = 1, θ̃ = 0.5, g₂ = 0.125: 1 − 0.5·0.125 = 0.9375; then g₁ = 0.9375³ = 0.82397…
    const second = 0.9375 - 0.5 * (0.9375 - 0.5 * 0.9375 ** 3) ** 3;
    expectNear(descend({learningRate: 0.5}, 2), [0.9375, second]);
  });

  it("steps by Adam's moments with base 'adam', which go on through both phases", () => {
    // k = 1: g = 1, m̂ = v̂ = 1: θ̃ = 0.5. k = 2: g = 0.125: m̂ = (½·½ + ½·0.125)/(1 − ½²), v̂ = (½·½ + ½·0.125²)/(1 − ½²)
    const m = 0.5 * 0.5 + 0.5 * 0.125;
    const v = 0.5 * 0.5 + 0.5 * 0.125 ** 2;
    const first = 1 - (0.5 * (m / 0.75)) / Math.sqrt(v / 0.75);
    // k = 3, from there, then k = 4
    const g3 = first ** 3;
    const m3 = (m + g3) / 2;
    const v3 = (v + g3 ** 2) / 2;
    const ahead = first - (0.5 * (m3 / 0.875)) / Math.sqrt(v3 / 0.875);
    const m4 = (m3 + ahead ** 3) / 2;
    const v4 = (v3 + ahead ** 6) / 2;
    const second = first - (0.5 * (m4 / 0.9375)) / Math.sqrt(v4 / 0.9375);
    expectNear(descend(adam, 2), [first, second]);
  });

  it('adds ε to the root', () => {
    // θ̃ = 1 − 0.5·1/(1 + 1) = 0.75, g₂ = 0.421875
    const g = 0.75 ** 3;
    const [m, v] = [(0.25 + g / 2) / 0.75, (0.25 + g ** 2 / 2) / 0.75];
    expectNear(descend({...adam, epsilon: 1}), [1 - (0.5 * m) / (Math.sqrt(v) + 1)]);
  });

  it('is the Runge-Kutta method that steps by its second slope, taken at a full step, bit for bit', () => {
    const tableau = {a: [[], [1]], b: [0, 1]};
    expect(trajectoryOnTensors(new ExtraGradient({learningRate: 0.3}), gradientFlow, 5)).to.deep.equal(
      trajectoryOnTensors(new RungeKutta({learningRate: 0.3, tableau}), gradientFlow, 5),
    );
  });

  it('spirals into a game by √(1 − α² + α⁴) in each step, where descent spirals out by √(1 + α²)', () => {
    // z′ = z − αF(z − αF(z)) with F(z) = Jz, J² = −1: z′ = (1 − α² − αJ)·z, so |z′|² = ((1 − α²)² + α²)·|z|².
    for (const alpha of [0.1, 0.5, 0.9]) {
      for (const [optimizer, factor] of [
        [new ExtraGradient({learningRate: alpha}), Math.sqrt(1 - alpha ** 2 + alpha ** 4)],
        [new SGD({learningRate: alpha}), Math.sqrt(1 + alpha ** 2)],
      ] as const) {
        const distances = circle(optimizer, [1, -2], 12);
        for (let step = 1; step <= 12; step++)
          expect(distances[step]! / distances[step - 1]!).to.be.closeTo(factor, 1e-5);
      }
    }
  });

  it("ends in the middle of a game with base 'adam', around which Adam circles", () => {
    const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.9};
    const distances = circle(new ExtraGradient({base: 'adam', ...options}), [1, 2], 200);
    const circling = circle(new Adam(options), [1, 2], 200);
    expect(distances.at(-1)).to.be.below(circling.at(-1)! / 2);
  });
});
