import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {AccumulateGradients, Adam, Heun, inject, MicroBatch, SGD} from '../../src/index.js';
import {expectClose, trainers, windowModel} from '../support/accumulate.js';
import {batchOf} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {refuses} from '../support/refuses.js';

const optimizers: Record<string, (model: LayersModel) => unknown> = {
  'tf.train.sgd': inject,
  SGD: model => new SGD({learningRate: 0.1, momentum: 0.5}).inject(model),
  Adam: model => new Adam({learningRate: 0.01}).inject(model),
  Heun: model => new Heun({learningRate: 0.1}).inject(model),
};

describe('MicroBatch', () => {
  for (const [name, seat] of Object.entries(optimizers)) {
    for (const [call, train] of Object.entries(trainers)) {
      it(`changes rounding alone, and evaluates no more than its rows at once: ${name} in ${call}`, async () => {
        const [pieces, whole] = [windowModel(), windowModel()];
        seat(pieces);
        seat(whole);
        new MicroBatch({size: 10}).inject(pieces);
        const seen = rowsSeenBy(pieces);
        // 32 + 25 rows: pieces of 10, 10, 10, 2 and 10, 10, 5.
        for (let epoch = 0; epoch < 2; epoch++) {
          await train(pieces, 32, 57, 1);
          await train(whole, 32, 57, 1);
        }
        expectClose(pieces, whole, name === 'Adam' ? 1e-5 : 6e-7);
        expect(seen()).to.deep.equal(
          name === 'Heun' ? [...oneEpoch, ...oneEpoch].flatMap(twice) : [...oneEpoch, ...oneEpoch].flat(),
        );
      });
    }
  }

  // BatchNorm sees each piece by itself, dropout (in the nested models, too) draws anew.
  // The wasm backend has no gradient of a convolution.
  const apart =
    tf.getBackend() === 'wasm' ? /BatchNorm|stateful|nested|convolutional/ : /BatchNorm|stateful|nested/;
  for (const modelCase of modelCases.filter(({name}) => !apart.test(name))) {
    it(`returns the loss and metrics of the whole batch, and leaks nothing, on ${modelCase.name}`, async () => {
      const [pieces, whole] = [0, 1].map(() => modelCase.make(tf.train.sgd(0.05))) as [
        LayersModel,
        LayersModel,
      ];
      inject(whole);
      new MicroBatch({size: 3}).inject(pieces);
      for (let i = 0; i < 3; i++) {
        const {xs, ys} = batchOf(modelCase, i);
        const {numTensors} = tf.memory();
        const results = [];
        for (const model of [pieces, whole])
          results.push([await model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor)].flat());
        expect(tf.memory().numTensors).to.equal(numTensors);
        expect(results[0]).to.have.length(results[1]!.length);
        for (const [j, value] of results[0]!.entries()) expect(value).to.be.closeTo(results[1]![j]!, 2e-6);
        tf.dispose([xs, ys]);
      }
      const [ours, theirs] = [weightsOf(pieces), weightsOf(whole)];
      for (const [j, values] of ours.entries())
        for (const [k, value] of values.entries()) expect(value).to.be.closeTo(theirs[j]![k]!, 2e-6);
    });
  }

  it('frees what it has summed where a piece throws, and changes nothing', async () => {
    const model = windowModel();
    const injection = new MicroBatch({size: 5}).inject(model);
    await trainers.trainOnBatch(model, 16, 16, 1);
    const before = weightsOf(model);
    const {numTensors} = tf.memory();
    const call = model.layers[0]!.call.bind(model.layers[0]);
    let calls = 0;
    model.layers[0]!.call = (...args) => {
      calls++;
      if (calls === 3) throw new Error('no more');
      return call(...args);
    };
    const message = await trainers.trainOnBatch(model, 16, 16, 1).then(
      () => 'none',
      (error: Error) => error.message,
    );
    expect(message).to.equal('no more');
    // The trainer's own two tensors, which it disposes of after the batch.
    expect(tf.memory().numTensors - numTensors).to.equal(2);
    expect(weightsOf(model)).to.deep.equal(before);
    expect(injection.iterations).to.equal(1);
  });

  it('cuts each batch of a window', async () => {
    const [pieces, whole] = [windowModel(), windowModel()];
    new Heun({learningRate: 0.1})
      .inject(pieces)
      .use(new AccumulateGradients({steps: 2}))
      .use(new MicroBatch({size: 7}));
    new Heun({learningRate: 0.1}).inject(whole);
    await trainers.fit(pieces, 16, 48, 1);
    await trainers.trainOnBatch(whole, 32, 48, 1);
    expectClose(pieces, whole);
    expect(inject(pieces).iterations).to.equal(2);
  });

  it('refuses rows that have a state of their own, and batches that are one call of minimize', async () => {
    const stateful = modelCases.find(({name}) => name.includes('stateful'))!;
    const model = stateful.make('sgd');
    new MicroBatch({size: 1}).inject(model);
    const {xs, ys} = batchOf(stateful, 0);
    await refuses('PLUGIN_CONFLICT', ['stateful'], () =>
      model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor),
    );
    tf.dispose([xs, ys]);
  });
});

const oneEpoch = [
  [10, 10, 10, 2],
  [10, 10, 5],
];
const twice = (rows: number[]) => [...rows, ...rows];

/** The rows of each call of a model's first layer. */
function rowsSeenBy(model: LayersModel): () => number[] {
  const layer = model.layers[0]!;
  const call = layer.call.bind(layer);
  const seen: number[] = [];
  layer.call = (inputs, kwargs) => {
    seen.push([inputs].flat()[0]!.shape[0]!);
    return call(inputs, kwargs);
  };
  return () => seen;
}
