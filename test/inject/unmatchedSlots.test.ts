import * as tf from '@tensorflow/tfjs-core';
// With it come the gradients of core's operations.
import '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {SGD} from '../../src/index.js';

describe('slots that were loaded for other weights', () => {
  const native = console.warn;
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    console.warn = (message: string) => warnings.push(message);
  });
  afterEach(() => {
    console.warn = native;
  });

  const load = async (name: string) => {
    const optimizer = new SGD({learningRate: 0.1, momentum: 0.5});
    const iter = tf.scalar(3, 'int32');
    const velocity = tf.tensor1d([4]);
    await optimizer.setWeights([
      {name: 'iter', tensor: iter},
      {name: `SGD/velocity/${name}`, tensor: velocity},
    ]);
    tf.dispose([iter, velocity]);
    return optimizer;
  };

  const step = (optimizer: SGD, variable: tf.Variable) => {
    for (let i = 0; i < 2; i++) optimizer.minimize(() => tf.sum(variable) as tf.Scalar, false, [variable]);
    const value = variable.dataSync()[0]!;
    variable.dispose();
    optimizer.dispose();
    return value;
  };

  it('go on where the names match', async () => {
    const optimizer = await load('unmatchedA');
    // v: 4 → 3 → 2.5; the weight moves by −0.1·(3 + 2.5).
    expect(step(optimizer, tf.variable(tf.tensor1d([1]), true, 'unmatchedA'))).to.be.closeTo(0.45, 1e-6);
    expect(warnings).to.deep.equal([]);
  });

  it('start anew under another name, with one warning that names both', async () => {
    const optimizer = await load('unmatchedB');
    // v: 0 → 1 → 1.5; the weight moves by −0.1·(1 + 1.5).
    expect(step(optimizer, tf.variable(tf.tensor1d([1]), true, 'other'))).to.be.closeTo(0.75, 1e-6);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain("weight 'other'").and.to.contain('velocity/unmatchedB');
  });
});
