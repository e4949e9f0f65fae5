import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {batchesIn, batchOf, trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf, withSeed} from '../support/models.js';
import {meets, stacks} from './stacks.js';

const epochs = 2;

async function train(model: LayersModel, {data, batchSize}: ModelCase, times: number): Promise<void> {
  const {x, y} = data();
  await model.fit(x, y, {epochs: times, batchSize, shuffle: false, verbose: 0});
  tf.dispose([x, y]);
}

/** The ways to train on the same batches in the same order. */
const ways: Record<string, (model: LayersModel, modelCase: ModelCase) => Promise<void>> = {
  'one fit': (model, modelCase) => train(model, modelCase, epochs),
  'two fits': async (model, modelCase) => {
    for (let i = 0; i < epochs; i++) await train(model, modelCase, 1);
  },
  trainOnBatch: (model, modelCase) => trainOnBatches(model, modelCase, 0, epochs * batchesIn(modelCase)),
  fitDataset: async (model, modelCase) => {
    const batches = batchesIn(modelCase);
    const dataset = tfd.generator(function* () {
      for (let i = 0; i < batches; i++) yield batchOf(modelCase, i);
    } as never);
    await model.fitDataset(dataset as never, {epochs, verbose: 0});
  },
};

for (const [kind, modelCase] of modelCases.entries()) {
  describe(`Training ${modelCase.name}`, () => {
    for (const [place, stack] of stacks.entries()) {
      if (!meets(place, kind)) continue;
      if (stack.refusesModels?.test(modelCase.name)) continue;
      it(`takes the same steps by one fit, two fits, trainOnBatch and fitDataset, with ${stack.name}`, async () => {
        const ends: Record<string, Float32Array[]> = {};
        for (const [way, follow] of Object.entries(ways)) {
          const model = modelCase.make(stack.compileWith());
          const start = weightsOf(model);
          const injection = stack.inject(model);
          await withSeed(5, () => follow(model, modelCase));
          expect(injection.iterations, way).to.equal(epochs * batchesIn(modelCase));
          // What trainOnBatch leaves in the model is what training goes on from; eject shows what evaluation sees.
          injection.eject();
          const end = weightsOf(model);
          expect(end, way).not.to.deep.equal(start);
          expect(end.flatMap(values => [...values]).every(Number.isFinite), way).to.equal(true);
          ends[way] = end;
          model.dispose();
        }
        const {'one fit': first, ...others} = ends;
        for (const [way, end] of Object.entries(others)) expect(end, way).to.deep.equal(first);
      });
    }
  });
}
