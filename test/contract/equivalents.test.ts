import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectOptimizer, inject, Lookahead} from '../../src/index.js';
import {modelCases, weightsOf} from '../support/models.js';
import {optimizers} from './registry.js';

const [dense] = modelCases;

/** Weights after each of 12 batches. */
async function train(optimizer: tf.Optimizer, plugins: Lookahead[] = []): Promise<Float32Array[][]> {
  const model = dense!.make(optimizer instanceof InjectOptimizer ? 'sgd' : optimizer);
  if (optimizer instanceof InjectOptimizer) optimizer.inject(model);
  for (const plugin of plugins) inject(model).use(plugin);
  const {x, y} = dense!.data();
  const ends: Float32Array[][] = [];
  for (let step = 0; step < 12; step++) {
    await model.trainOnBatch(x, y);
    ends.push(weightsOf(model));
  }
  tf.dispose([x, y]);
  model.dispose();
  return ends;
}

for (const {name, make, sameAs = [], hasSlowWeights} of optimizers) {
  describe(`${name}`, () => {
    for (const other of sameAs) {
      it(`gives the bits of ${other.name}`, async () => {
        const weights = await train(make(0.1));
        expect(weights[1]).not.to.deep.equal(weights[0]);
        expect(weights).to.deep.equal(await train(other.make(0.1)));
      });
    }

    const {decay, rateInVelocity} = make().options as {decay?: string; rateInVelocity?: boolean};
    const movesByItself = hasSlowWeights || decay === 'independent' || rateInVelocity;
    const itUnlessItMoves = movesByItself ? () => {} : it;
    itUnlessItMoves('leaves every weight as it is, to the bit, at a learning rate of 0', async () => {
      const weights = await train(make(step => (step === 0 ? 0.1 : 0)));
      expect(weights.at(-1)).to.deep.equal(weights[0]);
    });

    it('is unchanged, bit for bit, by a Lookahead with k = 1 and alpha = 1', async () => {
      expect(await train(make(0.1), [new Lookahead({k: 1, alpha: 1})])).to.deep.equal(await train(make(0.1)));
    });
  });
}

for (const [name, make] of Object.entries({
  'tf.train.sgd': () => tf.train.sgd(0.1),
  'tf.train.adam': () => tf.train.adam(0.01),
})) {
  describe(name, () => {
    it('is unchanged, bit for bit, by a Lookahead with k = 1 and alpha = 1', async () => {
      expect(await train(make(), [new Lookahead({k: 1, alpha: 1})])).to.deep.equal(await train(make()));
    });
  });
}
