import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Heun,
  type InjectOptimizer,
  inject,
  LearningRate,
  SGD,
  schedules,
} from '../../src/index.js';
import {trainers, windowModel} from '../support/accumulate.js';
import {trainOnBatches} from '../support/batches.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {refuses} from '../support/refuses.js';

const [dense] = modelCases as [ModelCase];
const schedule = schedules.warmup({
  warmupSteps: 3,
  initialValue: 0.05,
  schedule: schedules.exponential({initialValue: 0.4, decayRate: 0.5, decaySteps: 2}),
});

const compiled: Record<string, (rate: number) => tf.Optimizer> = {
  sgd: rate => tf.train.sgd(rate),
  momentum: rate => tf.train.momentum(rate, 0.9),
  rmsprop: rate => tf.train.rmsprop(rate),
  adagrad: rate => tf.train.adagrad(rate),
  adam: rate => tf.train.adam(rate),
  adamax: rate => tf.train.adamax(rate),
  adadelta: rate => tf.train.adadelta(rate),
};

/** Sets a compiled optimizer's rate, as its user must do without the plugin. */
function setRate(optimizer: tf.Optimizer, rate: number): void {
  const open = optimizer as unknown as {learningRate: number; setLearningRate?: (rate: number) => void};
  if (open.setLearningRate) open.setLearningRate(rate);
  else open.learningRate = rate;
}

describe('LearningRate', () => {
  for (const [name, make] of Object.entries(compiled)) {
    it(`is a schedule for tf.train.${name}: as if its rate were set before each step, bit for bit`, async () => {
      const [planned, byHand, fixed] = [make(0.5), make(0.5), make(0.5)];
      const models = [planned, byHand, fixed].map(optimizer => dense.make(optimizer));
      new LearningRate({learningRate: schedule}).inject(models[0]!);
      for (let step = 0; step < 7; step++) {
        setRate(byHand, schedule(step));
        for (const model of models) await trainOnBatches(model, dense, step, step + 1);
        expect(weightsOf(models[0]!)).to.deep.equal(weightsOf(models[1]!));
      }
      expect(weightsOf(models[0]!)).not.to.deep.equal(weightsOf(models[2]!));
      expect((planned as unknown as {learningRate: number}).learningRate).to.equal(0.5);
      expect(planned.getConfig()).to.deep.equal(fixed.getConfig());
      for (const model of models) model.dispose();
    });
  }

  const ours: Record<string, (learningRate: number | typeof schedule) => InjectOptimizer> = {
    'SGD with momentum': learningRate => new SGD({learningRate, momentum: 0.9}),
    Heun: learningRate => new Heun({learningRate}),
  };
  for (const [name, make] of Object.entries(ours)) {
    it(`equals ${name} with the same schedule as its own, bit for bit`, async () => {
      const ends = [];
      for (const isPlugin of [true, false]) {
        const model = dense.make('sgd');
        const optimizer = make(isPlugin ? 0.5 : schedule);
        optimizer.inject(model);
        if (isPlugin) new LearningRate({learningRate: schedule}).inject(model);
        await trainOnBatches(model, dense, 0, 7);
        if (isPlugin) expect(optimizer.learningRate).to.equal(0.5);
        ends.push(weightsOf(model));
        model.dispose();
      }
      expect(ends[0]).to.deep.equal(ends[1]);
    });
  }

  it("changes no bit where it gives the optimizer's own rate", async () => {
    for (const make of [() => tf.train.adam(0.02), () => new SGD({learningRate: 0.02, momentum: 0.9})]) {
      const models = [dense.make(make()), dense.make(make())] as [LayersModel, LayersModel];
      new LearningRate({learningRate: 0.02}).inject(models[0]);
      for (const model of models) await trainOnBatches(model, dense, 0, 5);
      expect(weightsOf(models[0])).to.deep.equal(weightsOf(models[1]));
      for (const model of models) model.dispose();
    }
  });

  it('takes its steps by numbers', async () => {
    // w = 1, gradient 5w − 3: 1 − ½·2 = 0, then 0 − ¼·(−3) = 0.75
    const model = lineModel(tf.train.sgd(9));
    new LearningRate({learningRate: t => 1 / 2 ** (t + 1)}).inject(model);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.equal(0);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.equal(0.75);
    model.dispose();
  });

  it('counts windows, not batches, where batches are accumulated', async () => {
    const seen: number[] = [];
    const model = windowModel();
    const injection = new AccumulateGradients({steps: 4}).inject(model);
    injection.use(new LearningRate({learningRate: t => 0.1 / (t + 1)}));
    injection.hooks.afterStep.tap('test', ({learningRate}) => seen.push(learningRate));
    await trainers.fit(model, 16, 64, 3);
    expect(seen).to.deep.equal([0.1, 0.1 / 2, 0.1 / 3]);
    model.dispose();
  });

  it('refuses a second schedule on a model, whichever comes first', async () => {
    const model = lineModel();
    const injection = new LearningRate({learningRate: 0.1}).inject(model);
    await refuses('PLUGIN_CONFLICT', ['one LearningRate'], () =>
      new LearningRate({learningRate: schedule}).inject(model),
    );
    expect(injection.plugins).to.have.length(1);

    const own = lineModel();
    new SGD({learningRate: schedule}).inject(own);
    await refuses('PLUGIN_CONFLICT', ['one schedule', 'SGD'], () =>
      new LearningRate({learningRate: 0.1}).inject(own),
    );
    await own.trainOnBatch(x, y);
    expect(weightOf(own)).to.be.closeTo(1 - schedule(0) * 2, 1e-7);

    // Another optimizer takes the seat: told in its first step, which changes nothing.
    new SGD({learningRate: schedule}).inject(model);
    await refuses('PLUGIN_CONFLICT', ['one schedule'], () => model.trainOnBatch(x, y));
    expect(weightOf(model)).to.equal(1);
    for (const each of [model, own]) each.dispose();
  });

  it('refuses an optimizer without a rate', async () => {
    const model = lineModel(Object.assign(tf.train.sgd(0.1), {learningRate: undefined}));
    await refuses('PLUGIN_CONFLICT', ["numeric 'learningRate'", 'undefined'], () =>
      new LearningRate({learningRate: 0.1}).inject(model),
    );
    model.dispose();
  });

  it('names the step where a function gives what is no rate, and that step changes nothing', async () => {
    const model = lineModel();
    new LearningRate({learningRate: t => (t < 1 ? 0.5 : Number.NaN)}).inject(model);
    await model.trainOnBatch(x, y);
    await refuses('INVALID_OPTION', ['learningRate of LearningRate', 'after 1 steps'], () =>
      model.trainOnBatch(x, y),
    );
    expect(weightOf(model)).to.equal(0);
    expect(inject(model).iterations).to.equal(1);
    model.dispose();
  });
});
