import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject} from '../../src/index.js';
import {EarlyCallback, offerEarly} from '../../src/inject/earlyCallback.js';

describe('the callback that comes before the progress bar', () => {
  it('does the work of the one among those of the user, once', async () => {
    const model = {};
    const done: string[] = [];
    const late = offerEarly(model, {
      onBatchEnd: async () => done.push('batch'),
      onEpochEnd: async () => done.push('epoch'),
    });
    const early = new EarlyCallback();
    early.setModel(model);
    await early.onBatchEnd();
    await late.onBatchEnd!();
    await late.onEpochEnd!();
    expect(done).to.deep.equal(['batch']);
    await early.onEpochEnd();
    expect(done).to.deep.equal(['batch', 'epoch']);
  });

  it('leaves the work where it does not stand: without it, or for another model', async () => {
    const done: string[] = [];
    const late = offerEarly({}, {onBatchEnd: async () => done.push('late')});
    const early = new EarlyCallback();
    early.setModel({});
    await early.onBatchEnd();
    await late.onBatchEnd!();
    expect(done).to.deep.equal(['late']);
  });

  it('knows nothing of a fit that threw before it named its model', async () => {
    const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [2]})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const passed: string[] = [];
    inject(model).hooks.boundary.tap('test', ({kind}) => {
      passed.push(kind);
    });
    const failure = new Error('of a callback');
    const failing = new tfl.CustomCallback({});
    failing.setParams = () => {
      throw failure;
    };
    const [x, y] = [tf.ones([2, 2]), tf.ones([2, 1])];
    const seen = await model.fit(x, y, {epochs: 1, verbose: 0, callbacks: [failing]}).catch(error => error);
    expect(seen).to.equal(failure);
    const inner = (model as unknown as {model: object}).model;
    const early = new EarlyCallback();
    early.setModel(inner);
    await early.onBatchEnd(0, {});
    expect(passed).to.deep.equal(['begin']);
  });
});
