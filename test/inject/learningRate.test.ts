import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {inject, SGD} from '../../src/index.js';
import {lineModel as model, weightOf, x, y} from '../support/line.js';

describe('the hook learningRate', () => {
  it('schedules an InjectOptimizer on top of its own schedule, without a trace in its options', async () => {
    const trained = model();
    const optimizer = new SGD({learningRate: t => 0.5 / (t + 1)});
    optimizer.inject(trained).hooks.learningRate.tap('test', (rate, {iterations}) => rate / 2 ** iterations);
    const fixed = new SGD({learningRate: 0.25});
    await trained.trainOnBatch(x, y);
    expect(weightOf(trained)).to.equal(1 - (0.5 / 2) * 2);
    await trained.trainOnBatch(x, y);
    expect(weightOf(trained)).to.equal(0.5 - (0.25 / 4) * (5 * 0.5 - 3));
    fixed.inject(model()).hooks.learningRate.tap('test', rate => rate / 2);
    expect(fixed.getConfig().learningRate).to.equal(0.25);
  });

  const native: Record<string, (rate: number) => tf.Optimizer> = {
    sgd: rate => tf.train.sgd(rate),
    momentum: rate => tf.train.momentum(rate, 0.9),
    adagrad: rate => tf.train.adagrad(rate),
    rmsprop: rate => tf.train.rmsprop(rate),
    adam: rate => tf.train.adam(rate),
    adamax: rate => tf.train.adamax(rate),
    adadelta: rate => tf.train.adadelta(rate),
  };
  for (const [name, make] of Object.entries(native)) {
    it(`schedules tf.train.${name}, and puts its own rate back`, async () => {
      const [scheduled, constant, plain] = [make(0.5), make(0.125), make(0.5)];
      const models = [model(scheduled), model(constant), model(plain)];
      const {hooks} = inject(models[0]!);
      hooks.learningRate.tap('test', rate => rate / 4);
      await models[0]!.trainOnBatch(x, y);
      const {numTensors} = tf.memory();
      for (let i = 0; i < 2; i++) await models[0]!.trainOnBatch(x, y);
      expect(tf.memory().numTensors).to.equal(numTensors);
      for (const one of models.slice(1)) for (let i = 0; i < 3; i++) await one.trainOnBatch(x, y);
      expect(weightOf(models[0]!)).to.equal(weightOf(models[1]!));
      expect(weightOf(models[0]!)).not.to.equal(weightOf(models[2]!));
      expect((scheduled as unknown as {learningRate: number}).learningRate).to.equal(0.5);
      expect(scheduled.getConfig()).to.deep.equal(plain.getConfig());
    });
  }

  it('is refused for a foreign optimizer without a numeric rate, before anything has changed', async () => {
    const foreign = Object.assign(tf.train.sgd(0.1), {learningRate: undefined});
    const trained = model(foreign);
    inject(trained).hooks.learningRate.tap('test', () => 0.5);
    let message = '';
    await trained.trainOnBatch(x, y).catch(error => {
      message = error.message;
    });
    expect(message).to.contain('INVALID_OPTION').and.to.contain("'learningRate'");
    expect(weightOf(trained)).to.equal(1);
  });
});
