import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {inject, Lookahead, SGD, SWA, type SWAOptions} from '../../src/index.js';
import {inners} from '../contract/stacks.js';
import {logisticRegression} from '../support/problems.js';
import {ShownTrajectory, slope} from '../support/shownTrajectory.js';
import {distance} from '../support/trajectories.js';

const descending = (options?: SWAOptions) =>
  new ShownTrajectory(slope, tf.train.sgd(0.1), model => new SWA(options).inject(model));

const expectNear = (actual: readonly number[][], expected: readonly number[][], tolerance = 2e-7) =>
  expect(distance(actual, expected)).to.be.below(tolerance);

/** The mean of the weights at the steps that are taken, or the weights themselves where there are none yet. */
function means(trajectory: readonly number[][], isTaken: (step: number) => boolean): number[][] {
  return trajectory.map((now, end) => {
    const taken = trajectory.filter((_, step) => step > 0 && step <= end && isTaken(step));
    return taken.length === 0
      ? now
      : now.map((_, i) => taken.reduce((sum, at) => sum + at[i]!, 0) / taken.length);
  });
}

describe('SWA', () => {
  it('takes its steps by numbers', async () => {
    // θ = 0.8, 0.6, 0.4, 0.2, 0: from the second step on, every other one: 0.6, then (0.6 + 0.2)/2
    const run = await descending({start: 2, every: 2}).take(5);
    expectNear(run.shown, [[1], [0.8], [0.6], [0.6], [0.4], [0.4]]);
    expectNear(run.training, [[1], [0.8], [0.6], [0.4], [0.2], [0]]);
    run.dispose();
  });

  it('averages every step from the first where nothing is said, but not the weights before it', async () => {
    const run = await descending().take(3);
    expectNear(run.shown, [[1], [0.8], [0.7], [0.6]]);
    run.dispose();
  });

  const settings: Record<string, {options: SWAOptions; isTaken: (step: number) => boolean}> = {
    'from the first step': {options: {}, isTaken: () => true},
    'every third step': {options: {every: 3}, isTaken: step => step % 3 === 0},
    'from the fifth step, every fourth': {
      options: {start: 5, every: 4},
      isTaken: step => step >= 5 && (step - 5) % 4 === 0,
    },
  };
  for (const inner of inners) {
    for (const [name, {options, isTaken}] of Object.entries(settings)) {
      it(`is the mean over the trajectory ${name}, around ${inner.name}, which it leaves alone`, async () => {
        const alone = new ShownTrajectory(logisticRegression, inner.compileWith(), inner.seat);
        const run = new ShownTrajectory(logisticRegression, inner.compileWith(), model =>
          inner.seat(model).use(new SWA(options)),
        );
        await Promise.all([alone.take(20), run.take(20)]);
        expect(run.training).to.deep.equal(alone.training);
        expectNear(run.shown, means(run.training, isTaken), 1e-6);
        expect(distance([run.shown[20]!], [run.training[20]!])).to.be.above(1e-3);
        for (const each of [alone, run]) each.dispose();
      });
    }
  }

  it('shows the training weights, or the slow ones, until it begins', async () => {
    const run = await descending({start: 3}).take(2);
    expect(run.shown).to.deep.equal(run.training);
    run.dispose();
    const slow = new ShownTrajectory(slope, tf.train.sgd(0.1), model =>
      new SWA({start: 4}).inject(model).use(new Lookahead({k: 2, alpha: 0.5})),
    );
    // φ = 1, 0.8, 0.6 after 0, 2, 4 steps.
    expectNear((await slow.take(4)).shown, [[1], [1], [0.8], [0.8], [0.6]]);
    slow.dispose();
  });

  it('begins anew where the user writes weights', async () => {
    const run = await new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
      new SWA().inject(model),
    ).take(3);
    tf.tidy(() => (run.model.weights[1]!.read() as tf.Variable).assign(tf.tensor1d([4])));
    await run.take(2);
    expect(run.shown[4]).to.deep.equal(run.training[4]);
    const halfWay = run.training[4]!.map((value, i) => (value + run.training[5]![i]!) / 2);
    expectNear([run.shown[5]!], [halfWay], 1e-6);
    run.dispose();
  });

  it('begins anew where a loop trains further weights, and shows the training weights until then', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const optimizer = new SGD({learningRate: 0.1});
    const injection = new SWA({every: 2}).inject(optimizer);
    const step = (...weights: tf.Variable[]) =>
      optimizer.minimize(() => tf.tidy(() => tf.mul(tf.addN(weights), 2) as tf.Scalar), false, weights);
    const seen = () => injection.evaluate(() => [a, b].map(each => each.dataSync()[0]!));
    for (let i = 0; i < 4; i++) step(a);
    expectNear([seen()], [[(0.6 + 0.2) / 2, 1]]);
    step(a, b);
    expectNear([seen()], [[0, 0.8]]);
    for (let i = 0; i < 3; i++) step(a, b);
    expectNear([seen()], [[(-0.2 - 0.6) / 2, (0.6 + 0.2) / 2]]);
    injection.eject();
    tf.dispose([a, b]);
    optimizer.dispose();
  });

  it('leaves the average in the model after fit, and goes on from the training weights', async () => {
    const run = descending({start: 2});
    const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
    await run.model.fit(x, y, {epochs: 4, verbose: 0});
    expectNear([run.read()], [[0.4]]);
    await run.model.fit(x, y, {epochs: 1, verbose: 0});
    expectNear([run.read()], [[0.3]]);
    tf.dispose([x, y]);
    run.dispose();
  });

  it('goes on from a snapshot, bit for bit', async () => {
    const run = await new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
      new SWA({every: 2}).inject(model),
    ).take(3);
    const snapshot = run.injection.snapshot();
    await run.take(4);
    snapshot.restore();
    await run.take(4);
    expect(run.shown.slice(8)).to.deep.equal(run.shown.slice(4, 8));
    run.dispose();
  });

  it('holds nothing before it begins, then one tensor for each weight, which eject gives back', async () => {
    const run = new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), inject);
    const {numTensors} = tf.memory();
    run.injection.use(new SWA({start: 3}));
    await run.take(2);
    expect(tf.memory().numTensors).to.equal(numTensors);
    await run.take(3);
    expect(tf.memory().numTensors).to.equal(numTensors + 2);
    run.injection.eject();
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(run.read()).to.deep.equal(run.shown[5]);
    run.dispose();
  });

  it('does not count a step that is skipped, or that throws', async () => {
    const run = descending();
    let what: 'skip' | 'throw' | undefined;
    run.injection.hooks.skip.tap('test', () =>
      what === 'skip' ? {reason: 'told so', action: 'rollback' as const} : (undefined as never),
    );
    run.injection.hooks.gradients.tap('test', () => {
      if (what === 'throw') throw new Error('of the user');
    });
    await run.take(2);
    what = 'skip';
    await run.take(1);
    what = 'throw';
    expect(await run.take(1).catch(error => error.message)).to.equal('of the user');
    what = undefined;
    await run.take(1);
    // 0.8, 0.6, 0.4
    expectNear([run.shown.at(-1)!], [[0.6]]);
    run.dispose();
  });

  it('saves its average and how many models are in it', async () => {
    const swa = new SWA();
    const run = await new ShownTrajectory(slope, tf.train.sgd(0.1), model => swa.inject(model)).take(2);
    const own = run.injection.slotsOf(swa);
    const entries = [...own.entries()];
    const [weight] = run.injection.weights;
    expect(entries.map(({name}) => name)).to.deep.equal(['SWA/models', `SWA/average/${weight!.key}`]);
    expect(own.count('models', 0)).to.equal(2);
    entries[0]!.tensor.dispose();
    run.dispose();
  });
});
