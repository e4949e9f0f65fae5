import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  Adagrad,
  Adam,
  Heun,
  inject,
  Lookahead,
  type LookaheadOptions,
  Partitions,
  SGD,
} from '../../src/index.js';
import {logisticRegression} from '../support/problems.js';
import {ShownTrajectory, slope} from '../support/shownTrajectory.js';
import {distance} from '../support/trajectories.js';

const momentum = () => new SGD({learningRate: 0.1, momentum: 0.5});
const sgd = 'sgd' as never;

const pulling = (options: LookaheadOptions): LookaheadOptions => ({
  k: 2,
  alpha: 0.5,
  evaluateOn: 'fast',
  pullback: 'pullback',
  pullbackSlots: ['velocity'],
  ...options,
});

const on = (problem: typeof slope, optimizer: () => SGD | Adam | Adagrad, options: LookaheadOptions) =>
  new ShownTrajectory(problem, sgd, model => optimizer().inject(model).use(new Lookahead(options)));

/** A slot of the optimizer, of all weights one after the other. */
const slotOf = ({injection}: ShownTrajectory, slot: string) =>
  injection.weights.flatMap(weight => [...injection.optimizerSlots!.read(slot, weight).dataSync()]);

describe('The pullback of Lookahead', () => {
  it('takes its steps by numbers', async () => {
    const run = await on(slope, momentum, pulling({})).take(5);
    // v = 2, 3, pulled to (0 + 3)/2;  2.75, 3.375, pulled to 1.5 + (3.375 − 1.5)/2 = 2.4375;  3.21875
    // θ = 0.8, 0.5 → 0.75;  0.475, 0.1375 → 0.44375;  0.121875
    expect(distance(run.training, [[1], [0.8], [0.75], [0.475], [0.44375], [0.121875]])).to.be.below(2e-7);
    run.dispose();
  });

  it('resets by numbers', async () => {
    const run = await on(slope, momentum, pulling({pullback: 'reset'})).take(4);
    // v = 2, 3 → 0;  2, 3 → 0
    expect(distance(run.training, [[1], [0.8], [0.75], [0.55], [0.5]])).to.be.below(2e-7);
    expect(slotOf(run, 'velocity')).to.deep.equal([0]);
    run.dispose();
  });

  it('is none with alpha = 1, bit for bit', async () => {
    const runs = [pulling({alpha: 1}), {k: 2, alpha: 1, evaluateOn: 'fast'} as const].map(options =>
      on(logisticRegression, momentum, options),
    );
    for (const run of runs) await run.take(7);
    expect(runs[0]!.training).to.deep.equal(runs[1]!.training);
    for (const run of runs) run.dispose();
  });

  it('reaches the slots that are named, and no others, of any optimizer', async () => {
    for (const [optimizer, all] of [
      [() => new Adam({learningRate: 0.1}), ['m', 'v']],
      [() => new Adagrad({learningRate: 0.5, initialAccumulator: 0.1}), ['sumOfSquares']],
    ] as const) {
      for (const named of [all, all.slice(0, 1)]) {
        const run = on(logisticRegression, optimizer, pulling({k: 3, alpha: 0.75, pullbackSlots: named}));
        const before: Record<string, number[]> = {};
        run.injection.hooks.afterStep.tap({name: 'test', stage: -100}, () => {
          for (const slot of all) before[slot] = slotOf(run, slot);
        });
        const start = optimizer() instanceof Adagrad ? 0.1 : 0;
        let slow: Record<string, number[]> = Object.fromEntries(
          all.map(slot => [slot, [start, start, start, start]]),
        );
        for (let sync = 0; sync < 3; sync++) {
          await run.take(3);
          const expected: Record<string, number[]> = {};
          for (const slot of all) {
            const isPulled = (named as readonly string[]).includes(slot);
            expected[slot] = before[slot]!.map((value, i) =>
              isPulled ? slow[slot]![i]! + 0.75 * (value - slow[slot]![i]!) : value,
            );
            expect(distance([slotOf(run, slot)], [expected[slot]!]), slot).to.be.below(1e-7);
            if (isPulled) expect(distance([expected[slot]!], [before[slot]!]), slot).to.be.above(1e-6);
          }
          slow = expected;
        }
        run.dispose();
      }
    }
  });

  it('resets to what a slot starts at, where that is not zero', async () => {
    const run = on(
      logisticRegression,
      () => new Adagrad({learningRate: 0.5, initialAccumulator: 0.1}),
      pulling({pullback: 'reset', pullbackSlots: ['sumOfSquares']}),
    );
    await run.take(2);
    for (const value of slotOf(run, 'sumOfSquares')) expect(value).to.equal(Math.fround(0.1));
    run.dispose();
  });

  it('reaches the slots of a partitioned optimizer', async () => {
    const run = new ShownTrajectory(logisticRegression, sgd, model =>
      new Partitions({
        optimizer: new SGD({learningRate: 0.1, momentum: 0.5}),
        partitions: [{weights: /bias/, learningRateFactor: 0.5}],
      })
        .inject(model)
        .use(new Lookahead(pulling({pullback: 'reset'}))),
    );
    await run.take(2);
    expect(slotOf(run, 'velocity')).to.deep.equal([0, 0, 0, 0]);
    run.dispose();
  });

  it('takes the slots as they are for those of weights that the user has written', async () => {
    const run = await on(slope, momentum, pulling({})).take(3);
    // v = 2, 3 → 1.5, 2.75
    tf.tidy(() => run.model.setWeights([tf.scalar(10)]));
    await run.take(1);
    // v = 3.375, pulled to 2.75 + (3.375 − 2.75)/2; θ = 10 − 0.3375, half-way from 10
    expect(slotOf(run, 'velocity')[0]).to.be.closeTo(3.0625, 1e-6);
    expect(run.read()[0]).to.be.closeTo(10 - 0.3375 / 2, 1e-5);
    run.dispose();
  });

  it('leaves the step complete and nothing synced where a schedule of alpha makes no sense', async () => {
    const run = on(slope, momentum, pulling({alpha: syncs => (syncs === 1 ? 2 : 0.5)}));
    await run.take(3);
    const {numTensors} = tf.memory();
    expect(await run.take(1).catch(error => error.message)).to.match(/INVALID_OPTION: alpha of Lookahead/);
    expect(slotOf(run, 'velocity')[0]).to.be.closeTo(3.375, 1e-6);
    expect(run.read()[0]).to.be.closeTo(0.1375, 1e-6);
    expect(tf.memory().numTensors).to.equal(numTensors);
    run.dispose();
  });

  it('holds a copy of each slot, which eject gives back', async () => {
    const run = new ShownTrajectory(logisticRegression, sgd, inject);
    const {numTensors} = tf.memory();
    const optimizer = momentum();
    optimizer.inject(run.model);
    run.injection.use(new Lookahead(pulling({})));
    await run.take(4);
    // velocity, slow and slow_velocity of two weights
    expect(tf.memory().numTensors).to.equal(numTensors + 6);
    run.injection.eject();
    expect(tf.memory().numTensors).to.equal(numTensors);
    run.dispose();
    optimizer.dispose();
  });

  it('saves what it counts and what it has pulled to, and goes on from a snapshot', async () => {
    const lookahead = new Lookahead(pulling({k: 3}));
    const run = new ShownTrajectory(slope, sgd, model => momentum().inject(model).use(lookahead));
    await run.take(4);
    expect([lookahead.syncs, lookahead.stepsSinceSync]).to.deep.equal([1, 1]);
    const own = run.injection.slotsOf(lookahead);
    const names = [...own.entries()].map(({name, tensor}) => {
      if (!own.owns(tensor)) tensor.dispose();
      return name.split('/')[1];
    });
    expect(names).to.have.members(['syncs', 'stepsSinceSync', 'slow', 'slow_velocity']);
    const snapshot = run.injection.snapshot();
    await run.take(4);
    expect([lookahead.syncs, lookahead.stepsSinceSync]).to.deep.equal([2, 2]);
    snapshot.restore();
    expect([lookahead.syncs, lookahead.stepsSinceSync]).to.deep.equal([1, 1]);
    await run.take(4);
    expect(run.training.slice(9)).to.deep.equal(run.training.slice(5, 9));
    run.dispose();
  });

  it('is refused around an optimizer whose slots cannot be reached, and with slots that it has not', () => {
    for (const compiled of ['adam', tf.train.momentum(0.1, 0.9)]) {
      const run = new ShownTrajectory(slope, compiled as never, inject);
      expect(() => new Lookahead(pulling({})).inject(run.model)).to.throw(
        /PLUGIN_CONFLICT: pullback of Lookahead needs an optimizer of tfjs-inject/,
      );
      expect(run.injection.plugins).to.deep.equal([]);
      run.dispose();
    }
    const run = new ShownTrajectory(slope, sgd, model => new Adam().inject(model));
    expect(() => new Lookahead(pulling({})).inject(run.model)).to.throw(
      /UNKNOWN_SLOT: pullbackSlots of Lookahead must be among the optimizer's slots \[m, v\]; received "velocity"/,
    );
    run.dispose();
  });

  it('refuses an optimizer that takes the seat later and has not the slots: the former one stays', () => {
    const compiled = momentum();
    const run = new ShownTrajectory(slope, compiled, model => new Lookahead(pulling({})).inject(model));
    expect(() => new Heun().inject(run.model)).to.throw('UNKNOWN_SLOT');
    expect(run.injection.optimizer).to.equal(compiled);
    run.dispose();
  });

  it('works in a hand-written loop, with weights that it trains only later', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const optimizer = momentum();
    const injection = new Lookahead(pulling({})).inject(optimizer);
    const step = (...weights: tf.Variable[]) =>
      optimizer.minimize(() => tf.tidy(() => tf.mul(tf.addN(weights), 2) as tf.Scalar), false, weights);
    const values = () => [a, b].map(each => each.dataSync()[0]!);
    step(a);
    step(a, b);
    // b: one step of 0.2, then half-way back to 1; its velocity is half of 2.
    expect(distance([values()], [[0.75, 0.9]])).to.be.below(2e-7);
    step(a, b);
    // b: v = 0.5·1 + 2 = 2.5
    expect(distance([values()], [[0.475, 0.65]])).to.be.below(2e-7);
    injection.eject();
    tf.dispose([a, b]);
    optimizer.dispose();
  });
});
