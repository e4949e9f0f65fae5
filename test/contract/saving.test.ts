import * as tf from '@tensorflow/tfjs-core';
import {type LayersModel, loadLayersModel, models} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type InjectOptimizer, inject} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {optimizers} from './registry.js';
import {stacks} from './stacks.js';

const [dense] = modelCases as [ModelCase];
/** Saves a model with its optimizer, and loads it again. */
async function saveAndLoad(model: LayersModel): Promise<LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async saved => {
    artifacts = saved;
    return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
  });
  await model.save(handler, {includeOptimizer: true});
  return loadLayersModel(tf.io.fromMemory(artifacts!));
}

describe('A checkpoint in the middle of an epoch', () => {
  for (const stack of stacks) {
    it(`is gone on from to the same bits: ${stack.name}`, async () => {
      const model = dense.make(stack.compileWith());
      const injection = stack.inject(model);
      await trainOnBatches(model, dense, 0, 2);
      const place = memoryPlace();
      await injection.save(place);
      const interrupted = weightsOf(model);
      await trainOnBatches(model, dense, 2, 5);
      const wanted = weightsOf(model);
      expect(wanted).not.to.deep.equal(interrupted);
      await injection.restore(place);
      expect(weightsOf(model)).to.deep.equal(interrupted);
      await trainOnBatches(model, dense, 2, 5);
      expect(weightsOf(model)).to.deep.equal(wanted);
      injection.eject();
      model.dispose();
    });
  }
});

/** A model of the same layers, which bear the same names, with the given weights. */
async function copyOf(model: LayersModel, weights: Float32Array[]): Promise<LayersModel> {
  const copy = await models.modelFromJSON(model.toJSON(null, false) as never);
  tf.tidy(() =>
    copy.setWeights(weights.map((values, i) => tf.tensor(values, copy.weights[i]!.shape as number[]))),
  );
  copy.compile({optimizer: 'sgd', loss: model.loss as string});
  return copy;
}

for (const {name, make, remembers} of optimizers) {
  describe(`${name}, saved and loaded`, () => {
    it('comes back with its class, its options and its step count', async () => {
      const model = dense.make('sgd');
      make(0.07).inject(model);
      await trainOnBatches(model, dense, 0, 3);
      const loaded = await saveAndLoad(model);
      const [before, after] = [model, loaded].map(({optimizer}) => optimizer as InjectOptimizer);
      expect(after).to.be.instanceOf(before!.constructor);
      expect(after!.options).to.deep.equal(before!.options);
      expect(after!.learningRate).to.equal(0.07);
      expect(after!.iterations).to.equal(3);
      for (const each of [model, loaded]) each.dispose();
    });

    it('comes back with the learning rate that was assigned to it last', async () => {
      const model = dense.make('sgd');
      make(0.07).inject(model);
      (model.optimizer as InjectOptimizer).learningRate = 0.03;
      const loaded = await saveAndLoad(model);
      expect((loaded.optimizer as InjectOptimizer).learningRate).to.equal(0.03);
      for (const each of [model, loaded]) each.dispose();
    });

    it('goes on as if it had never stopped, bit for bit', async () => {
      const model = dense.make('sgd');
      make(0.1).inject(model);
      await trainOnBatches(model, dense, 0, 3);
      const loaded = await saveAndLoad(model);
      inject(loaded);
      const interrupted = weightsOf(model);
      for (const each of [model, loaded]) await trainOnBatches(each, dense, 3, 6);
      expect(weightsOf(model)).not.to.deep.equal(interrupted);
      expect(weightsOf(loaded)).to.deep.equal(weightsOf(model));
      for (const each of [model, loaded]) each.dispose();
    });

    it('goes on by getWeights and setWeights of the optimizer as well', async () => {
      const model = dense.make('sgd');
      const optimizer = make(0.1);
      optimizer.inject(model);
      await trainOnBatches(model, dense, 0, 6); // RAdam may take its first step at the sixth.
      const saved = weightsOf(model);
      const resumed: Float32Array[][] = [];
      for (const isRestored of [true, false]) {
        const other = await copyOf(model, saved);
        const next = make(0.1);
        if (isRestored) await next.setWeights(await optimizer.getWeights());
        next.inject(other);
        await trainOnBatches(other, dense, 6, 8);
        resumed.push(weightsOf(other));
        other.dispose();
      }
      await trainOnBatches(model, dense, 6, 8);
      expect(resumed[0]).to.deep.equal(weightsOf(model));
      // Without its slots an optimizer that remembers goes elsewhere: the comparison above can fail.
      if (remembers) expect(resumed[1]).not.to.deep.equal(resumed[0]);
      model.dispose();
    });

    it('keeps its slots through eject, compile and inject', async () => {
      const [whole, parted] = [dense.make('sgd'), dense.make('sgd')];
      make(0.1).inject(whole);
      await trainOnBatches(whole, dense, 0, 5);
      const optimizer = make(0.1);
      const injection = optimizer.inject(parted);
      await trainOnBatches(parted, dense, 0, 2);
      injection.eject();
      parted.compile({optimizer: 'adam', loss: parted.loss as string, metrics: ['accuracy', 'mse']});
      expect(optimizer.inject(parted).iterations).to.equal(2);
      await trainOnBatches(parted, dense, 2, 5);
      expect(weightsOf(parted)).to.deep.equal(weightsOf(whole));
      for (const model of [whole, parted]) model.dispose();
    });

    it('refuses to be saved with a learning rate that no file can hold', () => {
      expect(() => make(() => 0.1).getConfig()).to.throw('INVALID_OPTION');
    });
  });
}
