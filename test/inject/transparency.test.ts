import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject} from '../../src/index.js';
import {type ModelCase, modelCases, withSeed} from '../support/models.js';
import {disposeOf, nativeOptimizers, train, waysToTrain} from '../support/training.js';

describe('an injection without plugins', () => {
  for (const [optimizer, makeOptimizer] of Object.entries(nativeOptimizers)) {
    describe(`around ${optimizer} of tfjs`, () => {
      for (const modelCase of modelCases) {
        for (const way of Object.keys(waysToTrain)) {
          it(`leaves ${way} as it is, to the last bit, on ${modelCase.name}`, async () => {
            const native = await trainOne(modelCase, makeOptimizer(), way);
            const injected = await trainOne(modelCase, makeOptimizer(), way, inject);
            expect(injected).to.deep.equal(native);
          });
        }
      }
    });
  }

  for (const modelCase of modelCases) {
    it(`calls the same kernels in the same order on ${modelCase.name}`, async () => {
      const native = await kernelsOf(modelCase, () => {});
      const injected = await kernelsOf(modelCase, inject);
      expect(native.length).to.be.above(10);
      expect(injected).to.deep.equal(native);
    });

    it(`takes over a model that was trained before, on ${modelCase.name}`, async () => {
      const trained = async (between: (model: tfl.LayersModel) => void) => {
        const model = modelCase.make(tf.train.adam(0.02));
        await train(model, modelCase, 'fit');
        between(model);
        const seen = await train(model, modelCase, 'fit');
        disposeOf(model);
        return seen;
      };
      const native = await trained(() => {});
      expect(await trained(inject)).to.deep.equal(native);
    });
  }

  it('holds no tensor', () => {
    const model = modelCases[1]!.make(tf.train.adam(0.02));
    const before = tf.memory();
    inject(model);
    expect(tf.memory()).to.deep.equal(before);
    disposeOf(model);
  });

  it('counts the steps that tfjs takes', async () => {
    const modelCase = modelCases[0]!;
    const model = modelCase.make(tf.train.adam(0.02));
    const injection = inject(model);
    await train(model, modelCase, 'fit');
    expect(injection.iterations).to.equal(4);
    expect(model.optimizer.iterations).to.equal(4);
    disposeOf(model);
  });
});

async function trainOne(
  modelCase: ModelCase,
  optimizer: tf.Optimizer,
  way: string,
  prepare: (model: tfl.LayersModel) => unknown = () => {},
) {
  const model = modelCase.make(optimizer);
  prepare(model);
  const start = model.getWeights().map(weight => weight.dataSync().slice());
  const seen = await train(model, modelCase, way);
  expect(seen.weights, 'training moves the weights').not.to.deep.equal(start);
  disposeOf(model);
  return seen;
}

/** Kernels of a second trainOnBatch, when all slots are there. */
async function kernelsOf(modelCase: ModelCase, prepare: (model: tfl.LayersModel) => unknown) {
  const model = modelCase.make(tf.train.adam(0.02));
  prepare(model);
  const {x, y} = modelCase.data();
  const batch = (tensors: tf.Tensor | tf.Tensor[]) =>
    [tensors].flat().map(tensor => tf.slice(tensor, 0, modelCase.batchSize));
  const [xs, ys] = [batch(x), batch(y)];
  const once = () => withSeed(1, () => model.trainOnBatch(xs, ys));
  await once();
  const {kernels} = await tf.profile(async () => {
    await once();
    return [];
  });
  tf.dispose([x, y, xs, ys]);
  disposeOf(model);
  return kernels.map(({name, inputShapes, outputShapes}) => ({name, inputShapes, outputShapes}));
}
