import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam, inject} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {nativeOptimizers} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);

function modelWith(optimizer: tf.Optimizer): tfl.LayersModel {
  const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [3]})]});
  model.compile({optimizer, loss: 'meanSquaredError'});
  return model;
}

describe('What tfjs does wrong when a model is saved', () => {
  it('is what it is without an injection: a tensor is left by each save, and Adamax cannot be saved', async () => {
    const model = modelWith(tf.train.adam(0.1));
    await model.trainOnBatch(x, y);
    const {numTensors} = tf.memory();
    await model.save(memoryPlace(), {includeOptimizer: true});
    expect(tf.memory().numTensors).to.equal(numTensors + 1);
    const failed = await modelWith(tf.train.adamax(0.1))
      .save(memoryPlace(), {includeOptimizer: true})
      .then(
        () => '',
        (error: Error) => error.message,
      );
    expect(failed).to.match(/not implemented/);
  });

  for (const [name, make] of Object.entries({...nativeOptimizers, ours: () => new Adam()})) {
    it(`leaves no tensor where the model is injected, until it is ejected: ${name}`, async () => {
      const model = modelWith(make());
      const {getWeights} = model.optimizer;
      const injection = inject(model);
      await model.trainOnBatch(x, y);
      const {numTensors} = tf.memory();
      const place = memoryPlace();
      const warnings = await warningsOf(async () => {
        for (let i = 0; i < 3; i++) await model.save(place, {includeOptimizer: true});
      });
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(warnings).to.have.length(name === 'adamax' ? 3 : 0);
      const loaded = await tfl.loadLayersModel(tf.io.fromMemory(place.artifacts!));
      expect(loaded.optimizer.getClassName()).to.equal(model.optimizer.getClassName());
      expect([...loaded.getWeights()[0]!.dataSync()]).to.deep.equal([...model.getWeights()[0]!.dataSync()]);
      injection.eject();
      expect(model.optimizer.getWeights).to.equal(getWeights);
    });
  }

  it('hands on the error of a place', async () => {
    const model = modelWith(tf.train.adam(0.1));
    inject(model);
    const error = new Error('full');
    const caught = await model
      .save({save: () => Promise.reject(error)}, {includeOptimizer: true})
      .catch(thrown => thrown);
    expect(caught).to.equal(error);
    expect(Object.hasOwn(model.optimizer, 'getWeights')).to.equal(false);
  });
});
