import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {EMA, type EMAOptions, Heun, inject, Lookahead, SGD, SWA} from '../../src/index.js';
import {inners} from '../contract/stacks.js';
import {logisticRegression} from '../support/problems.js';
import {ShownTrajectory, slope} from '../support/shownTrajectory.js';
import {distance} from '../support/trajectories.js';

/**
 * The average after each step, in double precision, as a sum over the trajectory with the weight that each point has
 * in it: (1 − dᵢ)·Π d of later updates. `decays` has the d of step t, or nothing where the step is none of the average's.
 */
function averages(
  trajectory: readonly (readonly number[])[],
  decayAt: (step: number) => number | undefined,
  isCorrected: boolean,
): number[][] {
  return trajectory.map((_, end) => {
    const points: {share: number; at: readonly number[]}[] = isCorrected
      ? []
      : [{share: 1, at: trajectory[0]!}];
    for (let step = 1; step <= end; step++) {
      const decay = decayAt(step);
      if (decay === undefined) continue;
      for (const point of points) point.share *= decay;
      points.push({share: 1 - decay, at: trajectory[step]!});
    }
    const total = points.reduce((sum, {share}) => sum + share, 0);
    if (total === 0) return [...trajectory[end]!];
    return trajectory[0]!.map(
      (__, i) => points.reduce((sum, {share, at}) => sum + share * at[i]!, 0) / total,
    );
  });
}

const descending = (options?: EMAOptions) =>
  new ShownTrajectory(slope, tf.train.sgd(0.1), model => new EMA(options).inject(model));

const expectNear = (actual: readonly number[][], expected: readonly number[][], tolerance = 2e-7) =>
  expect(distance(actual, expected)).to.be.below(tolerance);

describe('EMA', () => {
  it('takes its steps by numbers', async () => {
    // θ = 1, 0.8, 0.6, 0.4;  a = 1, then half-way to each θ: 0.9, 0.75, 0.575
    const run = await descending({decay: 0.5}).take(3);
    expectNear(run.shown, [[1], [0.9], [0.75], [0.575]]);
    expectNear(run.training, [[1], [0.8], [0.6], [0.4]]);
    run.dispose();
  });

  it('starts at nothing with bias correction, by numbers', async () => {
    // Shares of 0.8, 0.6, 0.4 with d = ½: 1;  ⅓, ⅔;  1/7, 2/7, 4/7
    const run = await descending({decay: 0.5, biasCorrection: true}).take(3);
    expectNear(run.shown, [[1], [0.8], [0.4 + 0.8 / 3], [(0.8 + 1.2 + 1.6) / 7]]);
    run.dispose();
  });

  it('has a decay of 0.999 and starts at the first weights where nothing is said', async () => {
    const run = await descending().take(2);
    expectNear(run.shown, [[1], [0.9998], [0.9998 * 0.999 + 0.0006]]);
    run.dispose();
  });

  const settings: Record<
    string,
    {options: EMAOptions; decayAt: (step: number) => number | undefined; isCorrected?: boolean}
  > = {
    'a decay': {options: {decay: 0.875}, decayAt: () => 0.875},
    'a decay and bias correction': {
      options: {decay: 0.875, biasCorrection: true},
      decayAt: () => 0.875,
      isCorrected: true,
    },
    'a half-life, every second step': {
      options: {halfLife: 6, every: 2},
      decayAt: step => (step % 2 === 0 ? 0.5 ** (2 / 6) : undefined),
    },
    'a start': {
      options: {decay: 0.75, start: 7, every: 3},
      decayAt: step => (step <= 7 ? 0 : (step - 7) % 3 === 0 ? 0.75 : undefined),
    },
    'a decay that grows as in TensorFlow': {
      options: {decay: 0.8, dynamicDecay: true, start: 2},
      decayAt: step => (step <= 2 ? 0 : Math.min(0.8, (step - 2) / (step - 2 + 9))),
    },
    'a schedule of completed steps, and bias correction': {
      options: {decay: steps => steps / (steps + 3), biasCorrection: true},
      decayAt: step => (step - 1) / (step + 2),
      isCorrected: true,
    },
  };
  for (const inner of inners) {
    for (const [name, {options, decayAt, isCorrected = false}] of Object.entries(settings)) {
      it(`is the weighted sum over the trajectory, with ${name}, around ${inner.name}, which it leaves alone`, async () => {
        const alone = new ShownTrajectory(logisticRegression, inner.compileWith(), inner.seat);
        const run = new ShownTrajectory(logisticRegression, inner.compileWith(), model =>
          inner.seat(model).use(new EMA(options)),
        );
        await Promise.all([alone.take(20), run.take(20)]);
        expect(run.training).to.deep.equal(alone.training);
        expectNear(run.shown, averages(run.training, decayAt, isCorrected), 1e-6);
        expect(distance([run.shown[20]!], [run.training[20]!])).to.be.above(1e-3);
        for (const each of [alone, run]) each.dispose();
      });
    }
  }

  it('is the weights that train, bit for bit, with a decay of 0', async () => {
    for (const biasCorrection of [false, true]) {
      // θ ← 0.3·θ: two steps on it has bits that 1 + (θ − 1) loses in float32.
      const bowl = {...slope, loss: ([w]: readonly tf.Tensor[]) => tf.mul(tf.square(w!), 3.5) as tf.Scalar};
      const run = new ShownTrajectory(bowl, tf.train.sgd(0.1), model =>
        new EMA({decay: 0, biasCorrection, every: 2}).inject(model),
      );
      await run.take(8);
      const updated = (trajectory: number[][]) => trajectory.filter((_, step) => step % 2 === 0);
      expect(updated(run.shown)).to.deep.equal(updated(run.training));
      run.dispose();
    }
  });

  it('stays at the start with a decay of 1, wherever the weights go', async () => {
    const cliff = {
      ...slope,
      loss: ([w]: readonly tf.Tensor[]) => tf.mul(w!, Number.POSITIVE_INFINITY) as tf.Scalar,
    };
    for (const problem of [slope, cliff]) {
      const run = new ShownTrajectory(problem, tf.train.sgd(0.1), model => new EMA({decay: 1}).inject(model));
      await run.take(2);
      expect(run.shown).to.deep.equal([[1], [1], [1]]);
      run.dispose();
    }
  });

  it('shows the training weights before its first update, where it starts at nothing', async () => {
    const run = await descending({decay: 0.5, biasCorrection: true, every: 3}).take(3);
    expect(run.shown).to.deep.equal(run.training);
    const still = await descending({decay: 1, biasCorrection: true}).take(2);
    expect(still.shown).to.deep.equal(still.training);
    for (const each of [run, still]) each.dispose();
  });

  it('is not seen where evaluation is told to see the training weights, and is kept all the same', async () => {
    const ema = new EMA({decay: 0.5, evaluateOn: 'training'});
    const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model => ema.inject(model));
    await run.take(2);
    expect(run.shown).to.deep.equal(run.training);
    const [weight] = run.injection.weights;
    expect(run.injection.slotsOf(ema).read('average', weight!).dataSync()[0]).to.be.closeTo(0.75, 1e-6);
    run.dispose();
  });

  it('averages the weights that Lookahead has synced, in either order of use, and is what is seen', async () => {
    const ends = [];
    for (const isFirst of [true, false]) {
      const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model => {
        const [ema, lookahead] = [new EMA({decay: 0.5}), new Lookahead({k: 2, alpha: 0.5})];
        for (const plugin of isFirst ? [ema, lookahead] : [lookahead, ema]) plugin.inject(model);
        return inject(model);
      });
      await run.take(4);
      // θ = 0.8, (0.6 → 0.8), 0.6, (0.4 → 0.6);  a = 0.9, 0.85, 0.725, 0.6625
      expectNear(run.shown, [[1], [0.9], [0.85], [0.725], [0.6625]]);
      ends.push(run.shown);
      run.dispose();
    }
    expect(ends[0]).to.deep.equal(ends[1]);
  });

  it('goes on from what the user has written, of the weights that were', async () => {
    const run = new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
      new EMA({decay: 0.75}).inject(model),
    );
    await run.take(3);
    const written = [5, -5, 5];
    tf.tidy(() => (run.model.weights[0]!.read() as tf.Variable).assign(tf.tensor(written, [3, 1])));
    // What was written is seen at once; the bias is still the average.
    expect(run.injection.evaluate(() => run.read())).to.deep.equal([...written, run.shown[3]![3]!]);
    await run.take(1);
    const expected = [...written, run.shown[3]![3]!].map((a, i) => 0.75 * a + 0.25 * run.training[4]![i]!);
    expectNear([run.shown[4]!], [expected], 1e-6);
    run.dispose();
  });

  it('leaves the average in the model after fit, and goes on from the training weights', async () => {
    const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model => new EMA({decay: 0.5}).inject(model));
    const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
    await run.model.fit(x, y, {epochs: 2, verbose: 0});
    expectNear([run.read()], [[0.75]]);
    await run.model.fit(x, y, {epochs: 1, verbose: 0});
    expectNear([run.read()], [[0.575]]);
    // Written while the average stands in the model: training and average go on from there.
    tf.tidy(() => run.model.setWeights([tf.scalar(2)]));
    await run.model.fit(x, y, {epochs: 1, verbose: 0});
    expectNear([run.read()], [[1.9]]);
    tf.dispose([x, y]);
    run.dispose();
  });

  it('does not become the slow weights of a Lookahead that joins while it stands in the model', async () => {
    const run = descending({decay: 0.5});
    const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
    await run.model.fit(x, y, {epochs: 2, verbose: 0});
    run.injection.use(new Lookahead({k: 1, alpha: 0}));
    await run.model.fit(x, y, {epochs: 1, verbose: 0});
    // θ = 0.6, 0.4 → φ = 0.6;  a = 0.75, then half-way to 0.6
    expectNear([run.read()], [[0.675]]);
    tf.dispose([x, y]);
    run.dispose();
  });

  it('puts the training weights back to the last bit, also after an evaluation that throws', async () => {
    const run = await new ShownTrajectory(logisticRegression, tf.train.adam(0.1), model =>
      new EMA({decay: 0.9}).inject(model),
    ).take(5);
    const before = run.read();
    expect(() =>
      run.injection.evaluate(() => {
        expect(run.read()).not.to.deep.equal(before);
        throw new Error('of the user');
      }),
    ).to.throw('of the user');
    expect(run.read()).to.deep.equal(before);
    run.dispose();
  });

  it('does not move in a step that is skipped, or that throws before its turn', async () => {
    for (const place of ['skip', 'afterPhase', 'afterStep'] as const) {
      const run = await new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
        new EMA({decay: 0.75, biasCorrection: true}).inject(model),
      ).take(3);
      const {numTensors} = tf.memory();
      let isBroken = true;
      if (place === 'skip') {
        run.injection.hooks.skip.tap('test', () =>
          isBroken ? {reason: 'told so', action: 'rollback' as const} : (undefined as never),
        );
        await run.take(1);
      } else {
        (run.injection.hooks[place] as unknown as {tap(name: string, fn: () => void): void}).tap(
          'test',
          () => {
            if (isBroken) throw new Error('of the user');
          },
        );
        expect(await run.take(1).catch(error => error.message)).to.equal('of the user');
      }
      expect(
        run.injection.evaluate(() => run.read()),
        place,
      ).to.deep.equal(run.shown[3]);
      expect(tf.memory().numTensors, place).to.equal(numTensors);
      isBroken = false;
      await run.take(1);
      expect(run.shown.at(-1), place).not.to.deep.equal(run.shown[3]);
      run.dispose();
    }
  });

  it('completes the step and leaves the average alone where a schedule makes no sense', async () => {
    const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model =>
      new EMA({decay: steps => (steps === 2 ? 2 : 0.5)}).inject(model),
    );
    await run.take(2);
    const message = await run.take(1).catch(error => error.message);
    expect(message).to.match(/INVALID_OPTION: decay of EMA .* it is 2 after 2 steps/);
    expect(run.injection.iterations).to.equal(3);
    expect(run.injection.evaluate(() => run.read())).to.deep.equal(run.shown[2]);
    run.dispose();
  });

  it('leaves a frozen weight as it is', async () => {
    const run = new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
      new EMA({decay: 0.75}).inject(model),
    );
    const bias = run.injection.weights[1]!.variable;
    (bias as {trainable: boolean}).trainable = false;
    await run.take(3);
    expect(run.shown[3]![3]).to.equal(run.training[0]![3]);
    expect(run.shown[3]![0]).not.to.equal(run.training[0]![0]);
    run.dispose();
  });

  it('goes on from a snapshot, bit for bit', async () => {
    const run = await new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), model =>
      new EMA({decay: 0.75, biasCorrection: true}).inject(model),
    ).take(2);
    const snapshot = run.injection.snapshot();
    await run.take(3);
    snapshot.restore();
    await run.take(3);
    expect(run.shown.slice(6)).to.deep.equal(run.shown.slice(3, 6));
    run.dispose();
  });

  it('holds one tensor for each weight, which eject gives back with the average in its place', async () => {
    const run = new ShownTrajectory(logisticRegression, tf.train.sgd(0.5), inject);
    const {numTensors} = tf.memory();
    run.injection.use(new EMA({decay: 0.75}));
    await run.take(3);
    expect(tf.memory().numTensors).to.equal(numTensors + 2);
    run.injection.eject();
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(run.read()).to.deep.equal(run.shown[3]);
    run.dispose();
  });

  it('saves its average and what it counts', async () => {
    const ema = new EMA({halfLife: 3, biasCorrection: true});
    const run = await new ShownTrajectory(slope, tf.train.sgd(0.1), model => ema.inject(model)).take(1);
    const entries = [...run.injection.slotsOf(ema).entries()];
    const [weight] = run.injection.weights;
    expect(entries.map(({name}) => name)).to.deep.equal(['EMA/mass', `EMA/average/${weight!.key}`]);
    entries[0]!.tensor.dispose();
    const {className, fromConfig} = EMA;
    expect(className).to.equal('tfjs-inject/EMA');
    const config = JSON.parse(JSON.stringify(ema.getConfig()));
    expect(fromConfig(EMA as never, config)).to.deep.include({options: ema.options});
    run.dispose();
  });

  it('cannot be seen beside another average, and the first goes on', async () => {
    for (const [first, second] of [
      [new EMA(), new SWA()],
      [new SWA(), new EMA()],
      [new EMA(), new EMA({decay: 0.5})],
    ] as const) {
      const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model => first.inject(model));
      expect(() => second.inject(run.model)).to.throw(/PLUGIN_CONFLICT: evaluation can see one average/);
      expect(run.injection.plugins).to.deep.equal([first]);
      run.dispose();
    }
    const run = new ShownTrajectory(slope, tf.train.sgd(0.1), model =>
      new EMA({decay: 0.5}).inject(model).use(new SWA({evaluateOn: 'training'})),
    );
    expectNear((await run.take(2)).shown, [[1], [0.9], [0.75]]);
    run.dispose();
  });

  it('works in a hand-written loop, with weights that it trains only later', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const optimizer = new SGD({learningRate: 0.1});
    const injection = new EMA({decay: 0.5}).inject(optimizer);
    const step = (...weights: tf.Variable[]) =>
      optimizer.minimize(() => tf.tidy(() => tf.mul(tf.addN(weights), 2) as tf.Scalar), false, weights);
    const seen = () => injection.evaluate(() => [a, b].map(each => each.dataSync()[0]!));
    step(a);
    expectNear([seen()], [[0.9, 1]]);
    step(a, b);
    // a: 0.6, half-way from 0.9;  b: 0.8, half-way from 1.
    expectNear([seen()], [[0.75, 0.9]]);
    step(a, b);
    expectNear([seen()], [[0.575, 0.75]]);
    injection.eject();
    tf.dispose([a, b]);
    optimizer.dispose();
  });

  it('averages what a step of several phases has left, once', async () => {
    const run = new ShownTrajectory(slope, tf.train.sgd(1), model =>
      new Heun({learningRate: 0.1}).inject(model).use(new EMA({decay: 0.5})),
    );
    expectNear((await run.take(2)).shown, [[1], [0.9], [0.75]]);
    run.dispose();
  });
});
