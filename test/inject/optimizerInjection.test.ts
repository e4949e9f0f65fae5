import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  Heun,
  type Injection,
  inject,
  Lookahead,
  MicroBatch,
  SGD,
} from '../../src/index.js';
import {bend, bendGradient, type Point} from '../support/bend.js';
import {refuses} from '../support/refuses.js';

const rate = 0.05;
const start: Point = [1, -0.5];
const moved = (p: Point, g: Point, by = rate): Point => [p[0] - by * g[0], p[1] - by * g[1]];

/** The descent by hand in double precision, with Lookahead(2, ½) around it. */
function lookaheadByHand(steps: number): {fast: Point; slow: Point} {
  let [fast, slow] = [start, start];
  for (let step = 1; step <= steps; step++) {
    fast = moved(fast, bendGradient(fast));
    if (step % 2 > 0) continue;
    slow = [(slow[0] + fast[0]) / 2, (slow[1] + fast[1]) / 2];
    fast = slow;
  }
  return {fast, slow};
}

const optimizers: Record<string, () => tf.Optimizer> = {
  'tf.train.sgd': () => tf.train.sgd(rate),
  'an SGD of ours': () => new SGD({learningRate: rate}),
};

describe('inject(optimizer)', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    it(`puts plugins around minimize, and shows their weights in evaluate(): ${name}`, () => {
      const {a, b, loss, at, dispose} = bend();
      const optimizer = make();
      const before = tf.memory().numTensors;
      const injection = new Lookahead({k: 2, alpha: 0.5}).inject(optimizer);
      expect(inject(optimizer)).to.equal(injection);
      for (let i = 0; i < 5; i++) {
        const value = optimizer.minimize(loss, true, [a, b])!;
        expect(value.shape).to.deep.equal([]);
        value.dispose();
      }
      const {fast, slow} = lookaheadByHand(5);
      for (const i of [0, 1]) expect(at()[i]).to.be.closeTo(fast[i]!, 1e-6);
      const shown = injection.evaluate(at);
      for (const i of [0, 1]) expect(shown[i]).to.be.closeTo(slow[i]!, 1e-6);
      for (const i of [0, 1]) expect(at()[i]).to.be.closeTo(fast[i]!, 1e-6);
      expect(injection.iterations).to.equal(5);
      expect(injection.model).to.equal(undefined);

      injection.eject();
      expect(tf.memory().numTensors).to.equal(before);
      for (const i of [0, 1]) expect(at()[i], 'what evaluation saw').to.be.closeTo(slow[i]!, 1e-6);
      const from: Point = [...at()] as unknown as Point;
      optimizer.minimize(loss, false, [a, b]);
      const next = moved(from, bendGradient(from));
      for (const i of [0, 1]) expect(at()[i], 'alone again').to.be.closeTo(next[i]!, 1e-6);
      dispose();
      optimizer.dispose();
    });
  }

  it('changes no bit without a plugin, for each optimizer of tfjs', () => {
    const makers = [
      () => tf.train.sgd(rate),
      () => tf.train.momentum(rate, 0.9),
      () => tf.train.adam(rate),
      () => tf.train.rmsprop(rate, 0.9, 0.5, undefined, true),
      () => tf.train.adagrad(rate),
      () => tf.train.adamax(rate),
      () => tf.train.adadelta(rate),
    ];
    for (const make of makers) {
      const ends = [false, true].map(isInjected => {
        const {a, b, loss, at, dispose} = bend();
        const optimizer = make();
        if (isInjected) inject(optimizer);
        for (let i = 0; i < 4; i++) optimizer.minimize(loss, false, [a, b]);
        const end = [...at()];
        dispose();
        return end;
      });
      expect(ends[1]).to.deep.equal(ends[0]);
    }
  });

  it('trains a game of two optimizers, each with its own variables and plugins', () => {
    // min over x, max over y of x·y + x²/2: x ← x − α·(y + x), then y ← y + α·x.
    const [x, y] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(0.5))];
    const [forX, forY] = [tf.train.sgd(0.1), new SGD({learningRate: 0.1})];
    const byX = inject(forX).use(new Lookahead({k: 2, alpha: 0.5}));
    inject(forY);
    const value = () => tf.add(tf.mul(x, y), tf.mul(tf.square(x), 0.5)) as tf.Scalar;
    let [px, py, slow] = [1, 0.5, 1];
    for (let step = 1; step <= 4; step++) {
      forX.minimize(value, false, [x]);
      forY.minimize(() => tf.neg(value()), false, [y]);
      px -= 0.1 * (py + px);
      if (step % 2 === 0) {
        slow = (slow + px) / 2;
        px = slow;
      }
      py += 0.1 * px;
    }
    expect(x.dataSync()[0]).to.be.closeTo(px, 1e-6);
    expect(y.dataSync()[0]).to.be.closeTo(py, 1e-6);
    expect(byX.weights).to.have.length(1);
    tf.dispose([x, y]);
  });

  it('keeps slow weights of variables that take turns, each from where it was when it first came', () => {
    const [a, b] = [1, 2].map(value => tf.variable(tf.scalar(value))) as [tf.Variable, tf.Variable];
    const optimizer = tf.train.sgd(0.5);
    const injection = new Lookahead({k: 1, alpha: 0.5}).inject(optimizer);
    // Slopes 1: a step of −0.5, of which Lookahead takes half.
    optimizer.minimize(() => tf.sum(a) as tf.Scalar, false, [a]);
    optimizer.minimize(() => tf.sum(b) as tf.Scalar, false, [b]);
    optimizer.minimize(() => tf.sum(a) as tf.Scalar, false, [a]);
    expect([a, b].map(variable => variable.dataSync()[0])).to.deep.equal([0.5, 1.75]);
    injection.eject();
    tf.dispose([a, b]);
  });

  it('accumulates: a window is several calls of minimize, which flush() ends', () => {
    const weight = tf.variable(tf.scalar(1));
    const optimizer = new Heun({learningRate: 0.5});
    const injection = inject(optimizer).use(new AccumulateGradients({steps: 2}));
    const slopes = [1, 3, 5];
    for (const slope of slopes) optimizer.minimize(() => tf.mul(weight, slope) as tf.Scalar, false, [weight]);
    expect(weight.dataSync()[0]).to.equal(1 - 0.5 * 2);
    injection.flush();
    expect(weight.dataSync()[0]).to.equal(1 - 0.5 * 2 - 0.5 * 5);
    expect(injection.iterations).to.equal(2);
    injection.eject();
    weight.dispose();
  });

  it('accumulates over calls that train different variables: each by the mean over all rows', () => {
    const [a, b] = [1, 2].map(value => tf.variable(tf.scalar(value))) as [tf.Variable, tf.Variable];
    const optimizer = new SGD({learningRate: 1});
    const injection = inject(optimizer).use(new AccumulateGradients({steps: 3}));
    const {numTensors} = tf.memory();
    const slopeOf = (weight: tf.Variable, slope: number) => () => tf.mul(weight, slope) as tf.Scalar;
    optimizer.minimize(slopeOf(a, 3), false, [a]);
    optimizer.minimize(slopeOf(b, 6), false, [b]);
    optimizer.minimize(slopeOf(a, 6), false, [a, b]);
    // Slopes (3 + 0 + 6)/3 and (0 + 6 + 0)/3.
    expect([a, b].map(variable => variable.dataSync()[0])).to.deep.equal([1 - 3, 2 - 2]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    injection.eject();
    tf.dispose([a, b]);
  });

  it('tells a loop that a plugin wants to stop, until the next step', async () => {
    const weight = tf.variable(tf.scalar(1));
    const optimizer = new SGD({learningRate: 0.1});
    const injection = inject(optimizer);
    const kinds: string[] = [];
    injection.hooks.boundary.tapPromise('stops', async ({kind, logs, stop}) => {
      kinds.push(kind);
      if ((logs.loss as number) < 1) stop();
    });
    const minimize = () => optimizer.minimize(() => tf.square(weight) as tf.Scalar, false, [weight]);
    minimize();
    await injection.passBoundary('epoch', {loss: 2});
    expect(injection.isStopped).to.equal(false);
    await injection.passBoundary('epoch', {loss: 0.5});
    expect(injection.isStopped).to.equal(true);
    minimize();
    expect(injection.isStopped).to.equal(false);
    expect(kinds).to.deep.equal(['epoch', 'epoch']);
    injection.eject();
    weight.dispose();
  });

  it('takes a seed at first, and refuses another', async () => {
    const masks = (seed: number) => {
      const weight = tf.variable(tf.ones([8]));
      const optimizer = tf.train.sgd(1);
      inject(optimizer, {seed});
      for (let i = 0; i < 2; i++)
        optimizer.minimize(() => tf.sum(tf.dropout(weight, 0.5)) as tf.Scalar, false, [weight]);
      const end = [...weight.dataSync()];
      weight.dispose();
      return end;
    };
    expect(masks(3)).to.deep.equal(masks(3));
    expect(masks(3)).not.to.deep.equal(masks(4));
    const own = new SGD();
    expect(inject(own, {seed: 5}).seed).to.equal(5);
    await refuses('ALREADY_INJECTED', ['seed 5'], () => inject(own, {seed: 6}));
  });

  it('refuses what it cannot serve', async () => {
    await refuses('INVALID_OPTION', ['a tf.LayersModel or a tf.Optimizer', 'received 5'], () =>
      inject(5 as never),
    );
    await refuses('INVALID_OPTION', ['a tf.LayersModel or a tf.Optimizer'], () => inject(null as never));

    const [ours, theirs] = [new Adam(), tf.train.adam()];
    const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1]})]});
    for (const optimizer of [ours, theirs]) {
      inject(optimizer);
      model.compile({optimizer, loss: 'meanSquaredError'});
      await refuses('ALREADY_INJECTED', ['one object serves one injection'], () => inject(model));
      inject(optimizer).use(new Lookahead());
      await refuses('NOT_INJECTED', ['inject(model)'], async () => {
        const [x, y] = [tf.ones([2, 1]), tf.ones([2, 1])];
        try {
          await model.trainOnBatch(x, y);
        } finally {
          tf.dispose([x, y]);
        }
      });
      inject(optimizer).eject();
    }
    const held = new SGD();
    held.inject(model);
    await refuses('ALREADY_INJECTED', ['optimizer SGD is already in another model'], () => inject(held));

    const weight = tf.variable(tf.scalar(1));
    const alone = tf.train.sgd(1);
    let injection: Injection | undefined = new MicroBatch({size: 1}).inject(alone);
    alone.minimize(() => tf.square(weight) as tf.Scalar, false, [weight]);
    expect(weight.dataSync()[0]).to.equal(-1);
    injection.hooks.afterStep.tap('ejects', () => injection?.eject());
    await refuses('TRAINING', ['eject()', 'a step is under way'], () =>
      alone.minimize(() => tf.square(weight) as tf.Scalar, false, [weight]),
    );
    injection = undefined;
    weight.dispose();
  });
});
