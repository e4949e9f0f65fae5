import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of core's operations.
import {expect} from 'chai';
import {inject, LBFGS, type LBFGSOptions} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {problems} from '../support/problems.js';
import {refuses} from '../support/refuses.js';

const read = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** A loss of one vector, and a step on it that counts evaluations. */
function minimizer(options: LBFGSOptions, start: number[], loss: (weight: tf.Tensor) => tf.Tensor) {
  const weight = tf.variable(tf.tensor1d(start));
  const optimizer = new LBFGS(options);
  let evaluations = 0;
  const counted = () => {
    evaluations++;
    return tf.tidy(() => loss(weight) as tf.Scalar);
  };
  return {
    weight,
    optimizer,
    /** Takes a step; returns its evaluations. */
    step() {
      evaluations = 0;
      optimizer.minimize(counted, false, [weight]);
      return evaluations;
    },
    dispose: () => [optimizer, weight].forEach(each => void each.dispose()),
  };
}

/** ½·Σ a·(w − 1)², of any number of dimensions. */
const bowl = (curvatures: number[]) => (weight: tf.Tensor) =>
  tf.mul(0.5, tf.sum(tf.mul(curvatures, tf.square(tf.sub(weight, 1)))));

describe('LBFGS', () => {
  it('has the defaults of torch, but for a search that is on and ten pairs', () => {
    expect(new LBFGS().options).to.deep.equal({
      learningRate: 1,
      maxIterations: 20,
      maxEvaluations: 25,
      toleranceGradient: 1e-7,
      toleranceChange: 1e-9,
      historySize: 10,
      lineSearch: 'strongWolfe',
    });
    expect(new LBFGS({maxIterations: 7}).options.maxEvaluations).to.equal(8);
    expect(new LBFGS({maxIterations: 7, maxEvaluations: 30}).options.maxEvaluations).to.equal(30);
  });

  it('takes the steps by hand on a parabola, and finds its minimum with the second', () => {
    // L = ½·4·(w − 1)², w = 3: g = 8, Σ|g| = 8. First: d = −8, t = min(1, 1/8) = 1/8, w = 2, L = 2, down from 8, slope
    // φ′(t) = 4·(−8) = −32 of φ′(0) = −64: good enough. s = −1, y = 4 − 8 = −4, y·s = 4.
    // Second: γ = y·s/y·y = 1/4, H = 1/4, d = −¼·4 = −1, t = 1: w = 1.
    const {weight, optimizer, step, dispose} = minimizer(
      {maxIterations: 1, maxEvaluations: 25},
      [3],
      bowl([4]),
    );
    expect([step(), ...read(weight)]).to.deep.equal([2, 2]);
    const [steps, differences] = ['steps', 'differences'].map(slot =>
      optimizer.slots.read(slot, {key: weight.name, variable: weight}),
    );
    expect(steps!.shape).to.deep.equal([10, 1]);
    expect([read(steps!)[0], read(differences!)[0]]).to.deep.equal([-1, -4]);
    expect(read(steps!).slice(1)).to.deep.equal(Array(9).fill(0));
    expect([step(), ...read(weight)]).to.deep.equal([2, 1]);
    // At the minimum a step is the one evaluation that shows it.
    expect([step(), ...read(weight)]).to.deep.equal([1, 1]);
    dispose();
  });

  it('takes both in one step of two iterations', () => {
    const {weight, step, dispose} = minimizer({maxIterations: 2, maxEvaluations: 25}, [3], bowl([4]));
    expect([step(), ...read(weight)]).to.deep.equal([3, 1]);
    dispose();
  });

  it('moves by the learning rate alone without a line search', () => {
    // As above, but t = α·min(1, 1/8) = 1/16: w = 2.5; then γ = 1/4, d = −1.5, t = α = ½: w = 1.75.
    const options = {maxIterations: 1, learningRate: 0.5, lineSearch: 'none'} as const;
    const {weight, step, dispose} = minimizer(options, [3], bowl([4]));
    expect([step(), ...read(weight)]).to.deep.equal([2, 2.5]);
    expect([step(), ...read(weight)]).to.deep.equal([2, 1.75]);
    dispose();
  });

  it('ends on a quadratic of n dimensions after about n + 1 iterations', () => {
    for (const n of [2, 4, 6]) {
      // A search that stops at 0.9 of the slope is not exact: it may take up to twice as many.
      const curvatures = Array.from({length: n}, (_, i) => i + 1);
      const {weight, step, dispose} = minimizer(
        {maxIterations: 1, maxEvaluations: 25},
        Array(n).fill(-2),
        bowl(curvatures),
      );
      const near = () => Math.max(...read(weight).map(w => Math.abs(w - 1))) < 1e-3;
      let iterations = 0;
      while (!near() && iterations < 50) {
        step();
        iterations++;
      }
      expect(iterations).to.be.within(2, 2 * n + 1);
      dispose();
    }
  });

  it('remembers no more pairs than historySize, the newest first', () => {
    const options = {maxIterations: 1, maxEvaluations: 25, historySize: 2};
    const {weight, optimizer, step, dispose} = minimizer(options, [3, -1, 2], bowl([1, 5, 25]));
    const path = [read(weight)];
    for (let i = 0; i < 4; i++) {
      step();
      path.push(read(weight));
    }
    const steps = read(optimizer.slots.read('steps', {key: weight.name, variable: weight}));
    const moved = (i: number) => path[i]!.map((w, j) => w - path[i - 1]![j]!);
    expect(steps).to.have.length(6);
    [...moved(4), ...moved(3)].forEach((value, i) => {
      expect(steps[i]).to.be.closeTo(value, 1e-6);
    });
    dispose();
  });

  it('keeps a pair as rows of numbers, whatever the weight, and refuses a checkpoint of before', async () => {
    const weight = tf.variable(tf.ones([2, 1, 2, 1, 2, 1]));
    const optimizer = new LBFGS({historySize: 3});
    const step = () => optimizer.minimize(() => tf.sum(tf.square(weight)) as tf.Scalar, false, [weight]);
    const injection = inject(optimizer);
    step();
    expect(optimizer.slots.read('steps', {key: weight.name, variable: weight}).shape).to.deep.equal([3, 8]);
    const place = memoryPlace();
    const versions = LBFGS as unknown as {stateVersion: number};
    versions.stateVersion = 1;
    await injection.save(place);
    versions.stateVersion = 2;
    await refuses('CHECKPOINT_MISMATCH', ['is version 1', 'LBFGS', '2 is needed'], () =>
      injection.restore(place),
    );
    injection.eject();
    for (const each of [optimizer, weight]) each.dispose();
  });

  it('ends a step within its limits', () => {
    const rosenbrock = (w: tf.Tensor) =>
      problems[1]!.loss([tf.slice(w, 0, 1), tf.slice(w, 1, 1)].map(each => tf.squeeze(each)));
    for (const maxEvaluations of [5, 12, 25]) {
      const {step, dispose} = minimizer({maxEvaluations}, [-1.2, 1], rosenbrock);
      expect(step()).to.be.within(5, maxEvaluations + 1);
      dispose();
    }
    const {step, weight, dispose} = minimizer({toleranceGradient: 100}, [3], bowl([4]));
    expect([step(), ...read(weight)]).to.deep.equal([1, 3]);
    dispose();
  });

  it('stays where it is, and ends, on a loss that never changes whatever its gradient', () => {
    const {weight, optimizer, dispose} = minimizer({}, [1, 0, -2.5], bowl([1, 1, 1]));
    let evaluations = 0;
    const flat = tf.customGrad(() => {
      evaluations++;
      return {value: tf.scalar(0), gradFunc: () => [tf.ones([3])]};
    });
    for (let i = 0; i < 3; i++) optimizer.minimize(() => flat(weight) as tf.Scalar, false, [weight]);
    expect(read(weight)).to.deep.equal([1, 0, -2.5]);
    expect(evaluations).to.be.at.most(3 * 25);
    dispose();
  });

  it('stays where a loss or a gradient is not finite, and does not go there', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const {weight, optimizer, dispose} = minimizer({}, [2], bowl([1]));
      for (const [loss, slope] of [
        [value, 1],
        [1, value],
      ] as const) {
        const broken = tf.customGrad(() => ({
          value: tf.scalar(loss),
          gradFunc: () => [tf.tensor1d([slope])],
        }));
        optimizer.minimize(() => broken(weight) as tf.Scalar, false, [weight]);
        expect(read(weight)).to.deep.equal([2]);
      }
      dispose();
    }
    // log w has no value below 0, where the first steps lead: the search comes back. w − log w is least at 1.
    const {weight, step, dispose} = minimizer({learningRate: 100}, [0.01], w => tf.sum(tf.sub(w, tf.log(w))));
    for (let i = 0; i < 3; i++) step();
    expect(read(weight)[0]).to.be.closeTo(1, 1e-3);
    dispose();
  });

  it('holds gradients whose squares float32 does not', () => {
    const {weight, step, dispose} = minimizer({}, [3, -1], w => tf.mul(1e25, bowl([1, 4])(w)));
    for (let i = 0; i < 3; i++) step();
    for (const w of read(weight)) expect(w).to.be.closeTo(1, 1e-3);
    dispose();
  });

  it('goes downhill on every batch, whatever batch its pairs are of', () => {
    // Batches pull to different places: pairs of one batch have y = A·s of that batch, and curvature stays positive.
    const weight = tf.variable(tf.tensor1d([3, -2]));
    const optimizer = new LBFGS({maxIterations: 2});
    for (let i = 0; i < 20; i++) {
      const target = [Math.sin(7 * i), Math.cos(5 * i)];
      const loss = () =>
        tf.tidy(() => tf.sum(tf.mul([1, 10], tf.square(tf.sub(weight, target)))) as tf.Scalar);
      const value = () => tf.tidy(() => loss().dataSync()[0]!);
      const before = value();
      optimizer.minimize(loss, false, [weight]);
      expect(value()).to.be.below(before);
    }
    const read2 = (slot: string) => read(optimizer.slots.read(slot, {key: weight.name, variable: weight}));
    // y = A·s exactly, with A = diag(2, 20): torch's differences across batches would not have it.
    const [steps, differences] = [read2('steps'), read2('differences')];
    steps.forEach((s, i) => {
      expect(differences[i]).to.be.closeTo([2, 20][i % 2]! * s, 1e-4);
    });
    for (const each of [optimizer, weight]) each.dispose();
  });

  it('takes the memory that its card says, in copies of the weights', async () => {
    const size = 5000;
    const curvatures = Array.from({length: size}, (_, i) => 1000 ** (i / (size - 1)));
    const copies = (bytes: number) => Math.round(bytes / (4 * size));
    const measured: number[] = [];
    for (const historySize of [10, 20]) {
      const {numBytes} = tf.memory();
      const {step, dispose} = minimizer({historySize}, curvatures, bowl(curvatures));
      // In the first step there are no pairs yet.
      step();
      const atRest = copies(tf.memory().numBytes - numBytes) - 1;
      const {peakBytes} = await tf.profile(() => {
        step();
        return tf.scalar(0);
      });
      measured.push(atRest, copies(peakBytes - numBytes) - 1);
      dispose();
    }
    const card = readFileSync(new URL('../../docs/cards/lbfgs.md', import.meta.url), 'utf8');
    const [, ...said] =
      card.match(/(\d+) at rest and (\d+) at the peak .* 10 pairs; (\d+) and (\d+)\s+with 20/s) ?? [];
    for (const [i, number] of said.entries()) expect(measured[i]).to.be.closeTo(Number(number), 2);
    expect(said).to.have.length(4);
  });
});
