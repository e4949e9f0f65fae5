import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Heun, RungeKutta, type RungeKuttaOptions} from '../../src/index.js';
import {kutta} from '../contract/registry.js';
import {expectOrder} from '../support/order.js';
import {gradientFlow, quadratic} from '../support/problems.js';
import {distance, trajectory64, trajectoryOnTensors} from '../support/trajectories.js';

/** One step with α = ½ on L = ½w², where g(w) = w, from w = 1. */
function stepOnParabola(options: RungeKuttaOptions): number {
  const weight = tf.variable(tf.scalar(1));
  const optimizer = new RungeKutta({learningRate: 0.5, ...options});
  optimizer.minimize(() => tf.div(tf.square(weight), 2) as tf.Scalar, false, [weight]);
  const value = weight.dataSync()[0]!;
  optimizer.dispose();
  weight.dispose();
  return value;
}

describe('RungeKutta', () => {
  it('takes the midpoint step', () => {
    // g₁ = 1, w = 1 − ½·½·1 = 0.75, g₂ = 0.75;  1 − ½·0.75
    expect(stepOnParabola({tableau: 'midpoint'})).to.be.closeTo(0.625, 1e-7);
  });

  it("takes Ralston's step", () => {
    // g₁ = 1, w = 1 − ½·⅔ = 2/3, g₂ = 2/3;  1 − ½·(1/4 + 3/4·2/3) = 1 − ½·3/4
    expect(stepOnParabola({tableau: 'ralston'})).to.be.closeTo(0.625, 1e-7);
    // On a parabola every method of order 2 does the same; on w⁴/4, g = w³, Ralston's own points show:
    const weight = tf.variable(tf.scalar(1));
    const optimizer = new RungeKutta({learningRate: 0.3, tableau: 'ralston'});
    optimizer.minimize(() => tf.div(tf.pow(weight, 4), 4) as tf.Scalar, false, [weight]);
    // g₁ = 1, w = 1 − 0.3·⅔ = 0.8, g₂ = 0.512;  1 − 0.3·(0.25 + 0.384) = 0.8098
    expect(weight.dataSync()[0]).to.be.closeTo(0.8098, 2e-7);
    optimizer.dispose();
    weight.dispose();
  });

  it('takes the classical step of four stages, which is the default', () => {
    // g₁ = 1; w = 0.75 = g₂; w = 1 − ¼·0.75 = 0.8125 = g₃; w = 1 − ½·0.8125 = 0.59375 = g₄
    // 1 − ½·(1 + 2·0.75 + 2·0.8125 + 0.59375)/6 = 1 − ½·4.71875/6
    const expected = 1 - 4.71875 / 12;
    expect(stepOnParabola({tableau: 'rk4'})).to.be.closeTo(expected, 1e-7);
    expect(stepOnParabola({})).to.equal(stepOnParabola({tableau: 'rk4'}));
  });

  it("takes the step of a user's own tableau", () => {
    // Kutta's third: g₁ = 1; w = 1 − ¼ = 0.75 = g₂; w = 1 − ½·(−1 + 2·0.75) = 0.75 = g₃
    // 1 − ½·(1 + 4·0.75 + 0.75)/6
    expect(stepOnParabola({tableau: kutta})).to.be.closeTo(1 - 4.75 / 12, 1e-7);
  });

  it('has order 2 as midpoint', () => {
    expectOrder(2, learningRate => new RungeKutta({learningRate, tableau: 'midpoint'}), [4, 8, 16, 32]);
  });

  it('has order 2 as ralston', () => {
    expectOrder(2, learningRate => new RungeKutta({learningRate, tableau: 'ralston'}), [4, 8, 16, 32]);
  });

  it("has order 3 by Kutta's tableau", () => {
    expectOrder(3, learningRate => new RungeKutta({learningRate, tableau: kutta}), [2, 4, 8]);
  });

  it('has order 4 as rk4', () => {
    expectOrder(4, learningRate => new RungeKutta({learningRate, tableau: 'rk4'}), [1, 2, 4]);
  });

  it('is Heun, to rounding, with the tableau of Heun', () => {
    const tableau = {a: [[], [1]], b: [0.5, 0.5]};
    for (const problem of [quadratic, gradientFlow]) {
      const {learningRate} = problem;
      const [ours, heun] = [new RungeKutta({learningRate, tableau}), new Heun({learningRate})];
      expect(distance(trajectory64(ours, problem, 60), trajectory64(heun, problem, 60))).to.be.below(1e-13);
      const onTensors = [ours, heun].map(optimizer => trajectoryOnTensors(optimizer, problem, 60));
      expect(distance(onTensors[0]!, onTensors[1]!)).to.be.below(2e-6);
      expect(distance(onTensors[0]!.slice(0, 1), onTensors[0]!.slice(-1))).to.be.above(0.1);
    }
  });

  it('asks a learning rate that is a function once a step, not once a phase', () => {
    const asked: number[] = [];
    const learningRate = (iterations: number) => {
      asked.push(iterations);
      return 0.01;
    };
    trajectoryOnTensors(new RungeKutta({learningRate}), gradientFlow, 3);
    expect(asked).to.deep.equal([0, 1, 2]);
  });
});
