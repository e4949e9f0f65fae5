import * as tf from '@tensorflow/tfjs-core';
import {type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type InjectError, inject} from '../../src/index.js';

describe('a foreign optimizer that throws', () => {
  const error = new Error('its own');
  const x = tf.tensor2d([[1], [2]]);
  const y = tf.tensor2d([[3], [5]]);
  const modelWith = (optimizer: tf.Optimizer) => {
    const model = sequential({layers: [layers.dense({units: 1, inputShape: [1]})]});
    model.compile({optimizer, loss: 'meanSquaredError'});
    return model;
  };
  const bits = (model: LayersModel) => model.getWeights().map(weight => [...weight.dataSync()]);

  it('within applyGradients has half a step behind it, and the error says so', async () => {
    const sgd = tf.train.sgd(0.1);
    const native = sgd.applyGradients.bind(sgd);
    const model = modelWith(sgd);
    const injection = inject(model);
    const before = bits(model);
    const snapshot = injection.snapshot();
    sgd.applyGradients = gradients => {
      native((gradients as {name: string; tensor: tf.Tensor}[]).slice(0, 1));
      throw error;
    };
    const {numTensors} = tf.memory();
    const caught = await model.trainOnBatch(x, y).catch((thrown: InjectError) => thrown);
    expect(caught).to.include({code: 'STEP_TORN', cause: error});
    expect(bits(model)[0]).not.to.deep.equal(before[0]);
    expect(bits(model)[1]).to.deep.equal(before[1]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    snapshot.restore();
    expect(bits(model)).to.deep.equal(before);
    snapshot.release();
    model.dispose();
  });

  it('within a minimize of its own has everything taken back, its slots and counters too', async () => {
    class Own extends tf.Optimizer {
      calls = 0;
      isBroken = false;
      readonly sum = tf.variable(tf.scalar(0), false);
      override minimize(f: () => tf.Scalar, returnCost?: boolean, variables?: tf.Variable[]) {
        const {value, grads} = this.computeGradients(f, variables);
        this.calls++;
        this.sum.assign(tf.add(this.sum, 1));
        for (const variable of variables!) {
          variable.assign(tf.sub(variable, tf.mul(0.1, grads[variable.name]!)));
          if (this.isBroken) throw error;
        }
        return returnCost ? value : null;
      }
      override applyGradients() {}
      getConfig() {
        return {};
      }
    }
    const own = new Own();
    const model = modelWith(own);
    const injection = inject(model);
    await model.trainOnBatch(x, y);
    const before = bits(model);
    own.isBroken = true;
    expect(await model.trainOnBatch(x, y).catch((thrown: Error) => thrown)).to.equal(error);
    expect(bits(model)).to.deep.equal(before);
    expect([own.calls, own.sum.dataSync()[0], injection.iterations]).to.deep.equal([1, 1, 1]);
    own.isBroken = false;
    const {numTensors} = tf.memory();
    await model.trainOnBatch(x, y);
    expect(bits(model)).not.to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });
});
