import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.
import {expect} from 'chai';
import {type Rate, SGD, type SGDOptions} from '../../src/index.js';
import {problems} from '../support/problems.js';
import {distance, trajectory64, trajectoryOnTensors} from '../support/trajectories.js';

/** One weight, 1, and the loss 2·w: its gradient is 2 everywhere. */
function slide(options: SGDOptions): {step(): number; optimizer: SGD; dispose(): void} {
  const weight = tf.variable(tf.scalar(1));
  const optimizer = new SGD(options);
  return {
    optimizer,
    step() {
      optimizer.minimize(() => tf.mul(weight, 2) as tf.Scalar, false, [weight]);
      return weight.dataSync()[0]!;
    },
    dispose() {
      optimizer.dispose();
      weight.dispose();
    },
  };
}

function weightsAfter(steps: number, options: SGDOptions): number[] {
  const {step, dispose} = slide(options);
  const weights = Array.from({length: steps}, step);
  dispose();
  return weights;
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).to.have.length(expected.length);
  actual.forEach((value, i) => {
    expect(value).to.be.closeTo(expected[i]!, 2e-7);
  });
}

describe('SGD', () => {
  it('moves against the gradient by the learning rate', () => {
    // 1 − 0.1·2 = 0.8, 0.8 − 0.1·2 = 0.6
    expectNear(weightsAfter(2, {learningRate: 0.1}), [0.8, 0.6]);
  });

  it('has a learning rate of 0.01 where none is given', () => {
    expectNear(weightsAfter(1, {}), [0.98]);
  });

  it('adds up its velocity with momentum', () => {
    // v = 2, 0.5·2 + 2 = 3, 0.5·3 + 2 = 3.5;  w = 1 − 0.2, − 0.3, − 0.35
    expectNear(weightsAfter(3, {learningRate: 0.1, momentum: 0.5}), [0.8, 0.5, 0.15]);
  });

  it("looks ahead along its velocity with Nesterov's momentum", () => {
    // g + 0.5·v = 2 + 1 = 3, 2 + 1.5 = 3.5, 2 + 1.75 = 3.75
    expectNear(weightsAfter(3, {learningRate: 0.1, momentum: 0.5, nesterov: true}), [0.7, 0.35, -0.025]);
  });

  it('keeps the learning rate outside the velocity: at a rate of 0 it stands still, and gathers speed', () => {
    // Inside (v = μ·v − α·g) step 2 would go to 0.8 − 0.5·0.2 = 0.7. Outside: v = 2, 3, 3.5.
    const rates = [0.1, 0, 0.1];
    const weights = weightsAfter(3, {learningRate: step => rates[step]!, momentum: 0.5});
    expectNear(weights, [0.8, 0.8, 0.45]);
  });

  it('has it inside with rateInVelocity: at a rate of 0 it rolls on', () => {
    // w = 1, g = 2, α = 0.1, 0, 0.1: v = 0.2, 0.5·0.2 = 0.1, 0.5·0.1 + 0.2 = 0.25
    const rates = [0.1, 0, 0.1];
    const rolling = {learningRate: (step: number) => rates[step]!, momentum: 0.5, rateInVelocity: true};
    expectNear(weightsAfter(3, rolling), [0.8, 0.7, 0.45]);
    // α·g + 0.5·v = 0.2 + 0.1, 0 + 0.05, 0.2 + 0.125
    expectNear(weightsAfter(3, {...rolling, nesterov: true}), [0.7, 0.65, 0.325]);
    // The card's numbers, g = 1 there: 1 − 0.1, then 0.9 − 0.9·0.1 or nothing.
    const card = {learningRate: (step: number) => (step === 0 ? 0.05 : 0), momentum: 0.9};
    expectNear(weightsAfter(2, {...card, rateInVelocity: true}), [0.9, 0.81]);
    expectNear(weightsAfter(2, card), [0.9, 0.9]);
  });

  it('goes with rateInVelocity where Keras goes, while the rate is halved after every 10 steps', () => {
    const file = new URL('../golden/sgd.json', import.meta.url);
    const {trajectories} = JSON.parse(readFileSync(file, 'utf8'));
    const golden: Record<string, {float64: Record<string, number[]>}> =
      trajectories['SGD as Keras, with momentum and a rate that changes'];
    const make = (rateInVelocity: boolean) =>
      new SGD({learningRate: t => 2 ** -11 / 2 ** Math.floor(t / 10), momentum: 0.875, rateInVelocity});
    expect(Object.keys(golden)).to.have.length.above(2);
    for (const [name, {float64}] of Object.entries(golden)) {
      const problem = problems.find(each => each.name === name)!;
      const gap = (trajectory: ReturnType<typeof trajectory64>) =>
        distance(
          Object.keys(float64).map(step => trajectory[Number(step)]!),
          Object.values(float64),
        );
      expect(gap(trajectory64(make(true), problem, 60)), name).to.be.below(1e-12);
      expect(gap(trajectoryOnTensors(make(true), problem, 60)), name).to.be.below(1e-5);
      expect(gap(trajectory64(make(false), problem, 60)), name).to.be.above(1e-5);
    }
  });

  it('asks a learning rate that is a function with 0 at the first step, then with the completed steps', () => {
    const asked: number[] = [];
    const learningRate: Rate = iterations => {
      asked.push(iterations);
      return 0.1 / (iterations + 1);
    };
    // 1 − 0.1·2 = 0.8, − 0.05·2 = 0.7, − 0.1/3·2
    expectNear(weightsAfter(3, {learningRate}), [0.8, 0.7, 0.7 - 0.2 / 3]);
    expect(asked).to.deep.equal([0, 1, 2]);
  });

  it('obeys a learning rate that is assigned between two steps', () => {
    const {step, optimizer, dispose} = slide({learningRate: 0.1});
    expectNear([step()], [0.8]);
    optimizer.learningRate = 0.2;
    expectNear([step()], [0.4]);
    optimizer.learningRate = iterations => iterations / 10;
    expectNear([step()], [0]);
    dispose();
  });

  it('refuses a learning rate that becomes negative or no number, before the weight has changed', () => {
    for (const bad of [-0.1, Number.NaN]) {
      const {step, optimizer, dispose} = slide({learningRate: iterations => (iterations < 1 ? 0.1 : bad)});
      step();
      expect(step).to.throw('INVALID_OPTION');
      optimizer.learningRate = 0;
      expectNear([step()], [0.8]);
      dispose();
    }
  });
});
