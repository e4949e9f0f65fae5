import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, InjectOptimizer, inject, Lookahead, RungeKutta, SGD} from '../../src/index.js';

const optimizers: Record<string, () => tf.Optimizer> = {
  SGD: () => new SGD(),
  'SGD with momentum': () => new SGD({momentum: 0.9}),
  Heun: () => new Heun(),
  RungeKutta: () => new RungeKutta(),
  'tf.train.adam': () => tf.train.adam(0.01),
};

const plugins: Record<string, (() => Lookahead) | undefined> = {
  'no plugin': undefined,
  Lookahead: () => new Lookahead({k: 3}),
};

const steps = tf.getBackend() === 'cpu' ? 2000 : 500;
const x = tf.tensor2d([1, 2], [2, 1]);
const y = tf.tensor2d([1, 0], [2, 1]);

describe('the number of tensors', () => {
  for (const [optimizerName, makeOptimizer] of Object.entries(optimizers)) {
    for (const [pluginName, makePlugin] of Object.entries(plugins)) {
      it(`is the same after ${steps} steps, and what it was after eject: ${optimizerName}, ${pluginName}`, async () => {
        const optimizer = makeOptimizer();
        const isOurs = optimizer instanceof InjectOptimizer;
        const model = tfl.sequential({
          layers: [tfl.layers.dense({units: 1, inputShape: [1], useBias: false})],
        });
        model.compile({optimizer: isOurs ? 'sgd' : optimizer, loss: 'meanSquaredError'});
        // The slots of tf.train.* are its own: they are there from its first step, with or without an injection.
        if (!isOurs) await model.trainOnBatch(x, y);
        const native = tf.memory();

        const injection = isOurs ? optimizer.inject(model) : inject(model);
        if (makePlugin) injection.use(makePlugin());
        await model.trainOnBatch(x, y);
        const {numTensors} = tf.memory();
        for (let i = 0; i < steps / 2; i++) await model.trainOnBatch(x, y);
        expect(tf.memory().numTensors, 'trainOnBatch').to.equal(numTensors);

        const epochs = steps / 4;
        const args = {epochs, batchSize: 1, shuffle: false, verbose: 0, yieldEvery: 'never'} as const;
        await model.fit(x, y, {...args, epochs: 1});
        // After fit the evaluation weights may stand in place of the training weights, which are held meanwhile.
        const afterFit = tf.memory().numTensors;
        await model.fit(x, y, args);
        expect(tf.memory().numTensors, 'fit').to.equal(afterFit);
        // A foreign optimizer's count goes on from its own, one step here.
        expect(injection.iterations).to.equal((isOurs ? 1 : 2) + steps / 2 + 2 + 2 * epochs);

        injection.eject();
        const {numTensors: tensors, numDataBuffers, numBytes} = tf.memory();
        expect({tensors, numDataBuffers, numBytes}).to.deep.equal({
          tensors: native.numTensors,
          numDataBuffers: native.numDataBuffers,
          numBytes: native.numBytes,
        });
      });
    }
  }

  it('is what it was after an eject in which a plugin throws, and the error reaches the caller', async () => {
    const [model, native] = [1, 2].map(() => {
      const layer = tfl.layers.dense({units: 1, inputShape: [1], kernelInitializer: 'ones'});
      const made = tfl.sequential({layers: [layer]});
      made.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      return made;
    });
    const {numTensors} = tf.memory();
    const error = new Error('the plugin');
    const injection = new Heun().inject(model!).use(new Lookahead({k: 2}));
    injection.hooks.eject.tap('test', () => {
      throw error;
    });
    await model!.trainOnBatch(x, y);
    expect(() => injection.eject())
      .to.throw(Error)
      .that.equals(error);
    expect(tf.memory().numTensors).to.equal(numTensors);
    native!.setWeights(model!.getWeights());
    for (const one of [model!, native!]) await one.trainOnBatch(x, y);
    const [ours, theirs] = [model!, native!].map(one => one.getWeights().map(weight => weight.arraySync()));
    expect(ours).to.deep.equal(theirs);
  });
});
