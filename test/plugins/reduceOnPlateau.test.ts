import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  type Injection,
  inject,
  LearningRate,
  ReduceOnPlateau,
  type ReduceOnPlateauOptions,
  SGD,
  schedules,
} from '../../src/index.js';
import {lineModel, x, y} from '../support/line.js';
import {refuses} from '../support/refuses.js';

interface Golden {
  readonly source: string;
  readonly metric: (number | string)[];
  readonly initial: number;
  readonly rates: number[];
  readonly options: ReduceOnPlateauOptions;
}

const goldens: Golden[] = JSON.parse(
  readFileSync(new URL('../golden/plateau.json', import.meta.url), 'utf8'),
);

const numberOf = (value: number | string) =>
  typeof value === 'number' ? value : {nan: Number.NaN, inf: Number.POSITIVE_INFINITY}[value]!;

const endEpoch = (injection: Injection, logs: Record<string, number | tf.Tensor>) =>
  injection.passBoundary('epoch', logs);

/** The rate of the next step, where the optimizer's own is `rate`. */
const rateOf = ({hooks, iterations, weights}: Injection, rate: number) =>
  hooks.learningRate.call(rate, {
    ...{iterations: iterations + 1, weights, learningRate: rate},
    ...{written: new Set(), isFinal: false},
  });

describe('ReduceOnPlateau', () => {
  goldens.forEach(({source, metric, initial, rates, options}, number) => {
    it(`${number + 1}: gives the rates of ${source} after each epoch, with ${JSON.stringify(options)}`, async () => {
      const model = lineModel();
      const injection = new ReduceOnPlateau({monitor: 'metric', ...options}).inject(model);
      for (const [epoch, value] of metric.entries()) {
        await endEpoch(injection, {metric: numberOf(value)});
        expect(rateOf(injection, initial), `epoch ${epoch}`).to.be.closeTo(rates[epoch]!, 1e-12);
      }
      model.dispose();
    });
  });

  it('lowers the rate of the next step in fit, by the validation loss, and leaves the own rate alone', async () => {
    const rates: number[] = [];
    const optimizer = tf.train.sgd(0);
    const model = lineModel(optimizer);
    const injection = inject(model);
    // A rate of 0 keeps the loss where it is: the first epoch is the best, and each later one no better.
    injection.use(new ReduceOnPlateau({patience: 2, factor: 0.5}));
    injection.hooks.learningRate.tap({name: 'base', stage: -1}, () => 0.5);
    injection.hooks.learningRate.tap({name: 'look', stage: 100}, rate => {
      rates.push(rate);
      return 0;
    });
    const {numTensors} = tf.memory();
    await model.fit(x, y, {epochs: 6, validationData: [x, y], verbose: 0});
    expect(rates).to.deep.equal([0.5, 0.5, 0.5, 0.25, 0.25, 0.125]);
    // What it has seen goes on in the next fit: the sixth epoch was one to wait.
    rates.length = 0;
    await model.fit(x, y, {epochs: 2, validationData: [x, y], verbose: 0});
    expect(rates).to.deep.equal([0.125, 0.0625]);
    expect((optimizer as unknown as {learningRate: number}).learningRate).to.equal(0);
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });

  it('reads a log that is a tensor, and leaves it to its owner', async () => {
    const model = lineModel();
    const injection = new ReduceOnPlateau({monitor: 'loss', patience: 1}).inject(model);
    const loss = tf.scalar(0.5);
    const {numTensors} = tf.memory();
    for (let epoch = 0; epoch < 2; epoch++) await endEpoch(injection, {loss});
    expect(rateOf(injection, 0.5)).to.be.closeTo(0.05, 1e-15);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(loss.dataSync()[0]).to.equal(0.5);
    loss.dispose();
    model.dispose();
  });

  it('takes a larger metric for better where its name says accuracy, unless mode says otherwise', async () => {
    for (const [options, reductions] of [
      [{monitor: 'val_acc'}, 0],
      [{monitor: 'val_acc', mode: 'min'}, 2],
      [{monitor: 'score'}, 2],
      [{monitor: 'score', mode: 'max'}, 0],
    ] as const) {
      const model = lineModel();
      const injection = new ReduceOnPlateau({patience: 1, factor: 0.5, ...options}).inject(model);
      for (const value of [0.5, 0.6, 0.7]) await endEpoch(injection, {[options.monitor]: value});
      expect(rateOf(injection, 1), JSON.stringify(options)).to.equal(0.5 ** reductions);
      model.dispose();
    }
  });

  it('multiplies what a schedule gives, the same in either order of use', async () => {
    const base = schedules.polynomial({initialValue: 0.4, decaySteps: 4, finalValue: 0.1});
    for (const isFirst of [true, false]) {
      const model = lineModel();
      const plateau = new ReduceOnPlateau({monitor: 'loss', patience: 1, factor: 0.5, minLearningRate: 0.16});
      const schedule = new LearningRate({learningRate: base});
      const injection = inject(model);
      for (const plugin of isFirst ? [plateau, schedule] : [schedule, plateau]) injection.use(plugin);
      const used: number[] = [];
      injection.hooks.afterStep.tap('look', ({learningRate}) => used.push(learningRate));
      for (let step = 0; step < 5; step++) {
        await model.trainOnBatch(x, y);
        if (step < 2) await endEpoch(injection, {loss: 1});
      }
      // 0.4 0.325 0.25 0.175 0.1, from the third on halved; not below 0.16 but where the schedule itself is.
      [0.4, 0.325, 0.16, 0.16, 0.1].forEach((rate, i) => {
        expect(used[i], `step ${i + 1}`).to.be.closeTo(rate, 1e-12);
      });
      model.dispose();
    }
  });

  it('works on the schedule of an optimizer of ours', async () => {
    const model = lineModel();
    const injection = new SGD({learningRate: t => 0.5 / (t + 1)}).inject(model);
    injection.use(new ReduceOnPlateau({monitor: 'loss', patience: 1, factor: 0.5}));
    for (let epoch = 0; epoch < 2; epoch++) await endEpoch(injection, {loss: 1});
    const used: number[] = [];
    injection.hooks.afterStep.tap('look', ({learningRate}) => used.push(learningRate));
    for (let step = 0; step < 2; step++) await model.trainOnBatch(x, y);
    expect(used).to.deep.equal([0.25, 0.125]);
    model.dispose();
  });

  it('does nothing without epochs', async () => {
    const model = lineModel();
    const injection = new ReduceOnPlateau({monitor: 'missing', patience: 0}).inject(model);
    for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
    expect(rateOf(injection, 0.5)).to.equal(0.5);
    model.dispose();
  });

  it('hears of epochs in a hand-written loop by passBoundary', async () => {
    const weight = tf.variable(tf.scalar(1));
    const optimizer = tf.train.sgd(0.25);
    const injection = inject(optimizer).use(new ReduceOnPlateau({monitor: 'loss', patience: 1, factor: 0.5}));
    const moved = () => {
      const before = weight.dataSync()[0]!;
      optimizer.minimize(() => tf.mul(weight, 1) as tf.Scalar, false, [weight]);
      return before - weight.dataSync()[0]!;
    };
    const moves = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      moves.push(moved());
      await injection.passBoundary('epoch', {loss: 1});
    }
    expect(moves).to.deep.equal([0.25, 0.25, 0.125, 0.0625]);
    injection.eject();
    weight.dispose();
    optimizer.dispose();
  });

  it('names the logs that there are where the monitored one is missing, from fit', async () => {
    const model = lineModel();
    new ReduceOnPlateau().inject(model);
    await refuses(
      'INVALID_OPTION',
      ["received 'val_loss'", 'there are loss ', 'validation data'],
      async () => {
        await model.fit(x, y, {epochs: 1, verbose: 0});
      },
    );
    const proto = new ReduceOnPlateau({monitor: 'toString'}).inject(lineModel());
    await refuses('INVALID_OPTION', ["received 'toString'"], () => endEpoch(proto, {loss: 1}));
    model.dispose();
  });

  it('keeps its state in counters, by which another one goes on', async () => {
    const metric = [1, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8];
    const make = () => new ReduceOnPlateau({monitor: 'loss', patience: 2, factor: 0.3, cooldown: 2});
    for (const cut of metric.keys()) {
      const [whole, parted, resumed] = [0, 1, 2].map(() => {
        const plugin = make();
        const injection = plugin.inject(lineModel());
        return {injection, slots: injection.slotsOf(plugin)};
      });
      for (const loss of metric) await endEpoch(whole!.injection, {loss});
      for (const loss of metric.slice(0, cut)) await endEpoch(parted!.injection, {loss});
      // As a file holds it: in three float32 parts.
      const saved = [...parted!.slots.entries()].map(({name, tensor}) => {
        const values = Float32Array.from(tensor.dataSync());
        tensor.dispose();
        return {name, shape: tensor.shape, values};
      });
      resumed!.slots.load(saved, [], ['factor', 'best', 'wait', 'cooldown']);
      for (const loss of metric.slice(cut)) await endEpoch(resumed!.injection, {loss});
      const [expected, actual] = [whole!, resumed!].map(({injection}) => rateOf(injection, 0.5));
      expect(actual, `cut at ${cut}`).to.equal(expected);
      expect(actual).to.be.closeTo(0.5 * 0.3 ** 3, 1e-12);
    }
  });

  it('refuses a second one on the same model', async () => {
    const model = lineModel();
    const injection = new ReduceOnPlateau().inject(model);
    await refuses('PLUGIN_CONFLICT', ['one ReduceOnPlateau'], () =>
      new ReduceOnPlateau({monitor: 'loss'}).inject(model),
    );
    expect(injection.plugins).to.have.length(1);
    model.dispose();
  });
});
