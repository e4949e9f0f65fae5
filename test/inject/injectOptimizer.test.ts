import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {SGD} from '../../src/index.js';
import {bend} from '../support/bend.js';
import {bitsOf} from '../support/stateOf.js';

describe('an InjectOptimizer as tf.Optimizer', () => {
  it('applies gradients that were computed elsewhere, given as a map or a list', () => {
    const [one, twin] = [bend(), bend()];
    const [optimizer, other] = [1, 2].map(() => new SGD({learningRate: 0.05, momentum: 0.5}));
    for (let i = 0; i < 4; i++) {
      const {value, grads} = optimizer!.computeGradients(one.loss, [one.a, one.b]);
      const list = Object.entries(grads).map(([name, tensor]) => ({name, tensor}));
      optimizer!.applyGradients(i % 2 === 0 ? grads : list);
      tf.dispose([value, grads]);
      other!.minimize(twin.loss, false, [twin.a, twin.b]);
      expect(one.at()).to.deep.equal(twin.at());
    }
    expect(optimizer!.iterations).to.equal(4);
    expect(() => optimizer!.applyGradients({nowhere: tf.scalar(1)})).to.throw(/INVALID_OPTION.*"nowhere"/);
    one.dispose();
    twin.dispose();
  });

  it('goes on from the weights that getWeights gave and setWeights took, to the last bit', async () => {
    const [one, twin] = [bend(), bend()];
    const first = new SGD({learningRate: t => 0.05 / (t + 1), momentum: 0.5});
    for (let i = 0; i < 3; i++) first.minimize(one.loss, false, [one.a, one.b]);
    const second = new SGD({learningRate: t => 0.05 / (t + 1), momentum: 0.5});
    const saved = await first.getWeights();
    expect(saved.map(({name}) => name)).to.deep.equal([
      'iter',
      `SGD/velocity/${one.a.name}`,
      `SGD/velocity/${one.b.name}`,
    ]);
    twin.a.assign(one.a);
    twin.b.assign(one.b);
    const renamed = saved.map(({name, tensor}) => ({
      name: name.replace(one.a.name, twin.a.name).replace(one.b.name, twin.b.name),
      tensor: tf.clone(tensor),
    }));
    await second.setWeights(renamed);
    expect(second.iterations).to.equal(3);
    for (let i = 0; i < 3; i++) {
      first.minimize(one.loss, false, [one.a, one.b]);
      second.minimize(twin.loss, false, [twin.a, twin.b]);
      expect([twin.a, twin.b].map(bitsOf)).to.deep.equal([one.a, one.b].map(bitsOf));
    }
    one.dispose();
    twin.dispose();
  });

  it('trains a model from compile alone where it has one phase, and equals itself injected', async () => {
    const x = tf.randomNormal([8, 2], 0, 1, 'float32', 1);
    const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);
    const layer = () => tfl.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'ones'});
    const models = [1, 2].map(() => tfl.sequential({layers: [layer()]}));
    const optimizers = [1, 2].map(() => new SGD({learningRate: 0.05, momentum: 0.5}));
    models.forEach((model, i) => {
      model.compile({optimizer: optimizers[i]!, loss: 'meanSquaredError'});
    });
    optimizers[1]!.inject(models[1]!);
    const losses = [];
    for (const model of models) {
      const {history} = await model.fit(x, y, {epochs: 4, batchSize: 4, shuffle: false, verbose: 0});
      losses.push(history.loss);
    }
    expect(losses[0]).to.deep.equal(losses[1]);
    expect(optimizers.map(({iterations}) => iterations)).to.deep.equal([8, 8]);
    const [alone, injected] = models.map(model => model.getWeights().map(bitsOf));
    expect(alone).to.deep.equal(injected);
    expect(losses[0]![3]).to.be.below(losses[0]![0] as number);
  });
});
