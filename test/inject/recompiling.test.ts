import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, InjectError, inject, Lookahead} from '../../src/index.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {disposeOf, train, waysToTrain} from '../support/training.js';

const injectors: Readonly<Record<string, (model: tfl.LayersModel) => unknown>> = {
  'an injection without plugins': model => inject(model),
  'Lookahead and Heun': model => {
    new Lookahead({k: 3}).inject(model);
    new Heun({learningRate: 0.05}).inject(model);
  },
};

describe('compile after inject', () => {
  for (const modelCase of [modelCases[0]!, modelCases[2]!]) {
    for (const [name, injectInto] of Object.entries(injectors)) {
      it(`is said in every way to train, before anything moves: ${name}, ${modelCase.name}`, async () => {
        const model = await recompiled(modelCase, injectInto);
        const before = weightsOf(model);
        for (const way of Object.keys(waysToTrain)) {
          const error = await waysToTrain[way]!(model, modelCase, () => {}).catch(
            (thrown: InjectError) => thrown,
          );
          expect(error, way).to.be.instanceOf(InjectError);
          expect((error as InjectError).code, way).to.equal('MODEL_RECOMPILED');
        }
        expect(weightsOf(model)).to.deep.equal(before);
        disposeOf(model);
      });

      it(`is followed by a fresh injection, where one asks for it: ${name}, ${modelCase.name}`, async () => {
        const seenWith = async (prepare: typeof injectInto, again: typeof injectInto) => {
          const {numTensors} = tf.memory();
          const model = await recompiled(modelCase, prepare);
          const start = await settled(modelCase);
          model.setWeights(start);
          tf.dispose(start);
          again(model);
          const seen = [];
          for (const way of Object.keys(waysToTrain)) seen.push(await train(model, modelCase, way));
          disposeOf(model);
          return {seen, left: tf.memory().numTensors - numTensors};
        };
        const native = await seenWith(
          () => {},
          () => {},
        );
        const injected = await seenWith(injectInto, model => {
          const injection = inject(model);
          expect(injection.iterations).to.equal(0);
          expect(injection.plugins).to.deep.equal([]);
          expect(injection.optimizer).to.equal(model.optimizer);
        });
        expect(injected).to.deep.equal(native);
      });
    }

    it(`is said even where the optimizer is the same, on ${modelCase.name}`, async () => {
      const optimizer = tf.train.adam(0.02);
      const model = modelCase.make(optimizer);
      inject(model).use(new Lookahead());
      compileAgain(model, modelCase, optimizer);
      const error = await waysToTrain.trainOnBatch!(model, modelCase, () => {}).catch(thrown => thrown);
      expect((error as InjectError).code).to.equal('MODEL_RECOMPILED');
      disposeOf(model);
    });

    it(`leaves the weights that evaluation saw, on ${modelCase.name}`, async () => {
      const model = modelCase.make('sgd');
      inject(model).use(new Lookahead({k: 3}));
      await train(model, modelCase, 'fit');
      const shown = weightsOf(model);
      compileAgain(model, modelCase);
      expect(weightsOf(model)).to.deep.equal(shown);
      inject(model);
      expect(weightsOf(model)).to.deep.equal(shown);
      disposeOf(model);
    });
  }
});

/** A model that was injected, trained and then compiled anew. */
async function recompiled(modelCase: ModelCase, injectInto: (model: tfl.LayersModel) => unknown) {
  const model = modelCase.make('sgd');
  const {optimizer} = model;
  injectInto(model);
  await train(model, modelCase, 'fit');
  compileAgain(model, modelCase);
  optimizer.dispose();
  return model;
}

function compileAgain(
  model: tfl.LayersModel,
  {name}: ModelCase,
  optimizer: tf.Optimizer = tf.train.momentum(0.05, 0.9),
): void {
  const hasTwoOutputs = name.includes('two outputs');
  const loss = hasTwoOutputs ? ['meanSquaredError', 'meanSquaredError'] : 'categoricalCrossentropy';
  model.compile({optimizer, loss, metrics: ['mae']});
}

/** Weights to start from, the same at every call. */
async function settled(modelCase: ModelCase): Promise<tf.Tensor[]> {
  const model = modelCase.make('sgd');
  const weights = model.getWeights().map(weight => tf.tensor(weight.dataSync().slice(), weight.shape));
  model.dispose();
  return weights;
}
