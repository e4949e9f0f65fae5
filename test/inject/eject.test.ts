import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, inject, Lookahead} from '../../src/index.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {disposeOf, train, waysToTrain} from '../support/training.js';

const injectors: Readonly<Record<string, (model: tfl.LayersModel) => {eject(): void}>> = {
  'an injection without plugins': model => inject(model),
  Heun: model => new Heun({learningRate: 0.05}).inject(model),
  'Lookahead and Heun': model => {
    new Lookahead({k: 3}).inject(model);
    return new Heun({learningRate: 0.05}).inject(model);
  },
};

describe('eject', () => {
  for (const [name, injectInto] of Object.entries(injectors)) {
    for (const modelCase of modelCases) {
      it(`takes every trace of ${name} off ${modelCase.name}`, async () => {
        for (const optimizer of ['adam', tf.train.adam(0.01)]) {
          const model = modelCase.make(optimizer);
          const before = traceOf(model);
          const {optimizer: compiled} = model;
          const injection = injectInto(model);
          expect(traceOf(model).owned, 'inject leaves a trace').not.to.deep.equal(before.owned);
          injection.eject();
          injection.eject();
          const after = traceOf(model);
          for (const [i, owned] of before.owned.entries()) {
            expect([...after.owned[i]!.keys()]).to.deep.equal([...owned.keys()]);
            for (const [key, value] of owned) {
              expect(after.owned[i]!.get(key), String(key)).to.equal(value);
            }
          }
          expect(after.memory).to.deep.equal(before.memory);
          expect(model.optimizer).to.equal(compiled);
          disposeOf(model);
        }
      });

      it(`leaves a model that trains as one that never had ${name}, on ${modelCase.name}`, async () => {
        const injected = modelCase.make(tf.train.adam(0.02));
        const injection = injectInto(injected);
        await train(injected, modelCase, 'fit');
        injection.eject();
        const native = modelCase.make(tf.train.adam(0.02));
        if (name === 'an injection without plugins') await train(native, modelCase, 'fit');
        else await trainElsehow(native, modelCase, injected);
        for (const model of [injected, native]) model.resetStates();
        for (const way of Object.keys(waysToTrain)) {
          expect(await train(injected, modelCase, way)).to.deep.equal(await train(native, modelCase, way));
        }
        disposeOf(injected);
        disposeOf(native);
      });

      it(`leaves as many tensors after training with ${name} as sgd of tfjs, on ${modelCase.name}`, async () => {
        const grownBy = async (prepare: typeof injectInto) => {
          const model = modelCase.make('sgd');
          const {numTensors} = tf.memory();
          const injection = prepare(model);
          await train(model, modelCase, 'fit');
          injection.eject();
          const grown = tf.memory().numTensors - numTensors;
          model.dispose();
          return grown;
        };
        expect(await grownBy(injectInto)).to.equal(await grownBy(() => ({eject() {}})));
      });

      it(`is not needed to dispose of all that ${name} made, on ${modelCase.name}`, async () => {
        const disposed = async (prepare: (model: tfl.LayersModel) => unknown) => {
          const {numTensors} = tf.memory();
          const model = modelCase.make('sgd');
          prepare(model);
          await train(model, modelCase, 'fit');
          const result = model.dispose();
          return {result, left: tf.memory().numTensors - numTensors};
        };
        const native = await disposed(() => {});
        expect(await disposed(injectInto)).to.deep.equal(native);
        expect(native.result.refCountAfterDispose).to.equal(0);
      });
    }
  }

  it('keeps the trained weights', async () => {
    const modelCase = modelCases[0]!;
    const model = modelCase.make('sgd');
    const start = weightsOf(model);
    const injection = new Heun({learningRate: 0.05}).inject(model);
    await train(model, modelCase, 'fit');
    const trained = weightsOf(model);
    injection.eject();
    expect(weightsOf(model)).to.deep.equal(trained);
    expect(trained).not.to.deep.equal(start);
    model.dispose();
  });

  it('keeps the slow weights of Lookahead, in which the model rested', async () => {
    const modelCase = modelCases[0]!;
    const model = modelCase.make('sgd');
    const injection = new Lookahead({k: 3}).inject(model);
    await train(model, modelCase, 'fit');
    const shown = weightsOf(model);
    injection.eject();
    expect(weightsOf(model)).to.deep.equal(shown);
    model.dispose();
  });
});

/** All own properties of a model and of the one inside it, and the memory in use. */
function traceOf(model: tfl.LayersModel) {
  const inner = (model as unknown as {model?: object}).model;
  const owned = [model, ...(inner ? [inner] : [])].map(
    object =>
      new Map(Reflect.ownKeys(object).map(key => [key, Object.getOwnPropertyDescriptor(object, key)!.value])),
  );
  return {owned, memory: tf.memory()};
}

/** Brings a model to where another one is, with an untrained Adam; its layers have been at work as well. */
async function trainElsehow(model: tfl.LayersModel, modelCase: ModelCase, other: tfl.LayersModel) {
  const adam = model.optimizer;
  model.optimizer = tf.train.sgd(0.01);
  await train(model, modelCase, 'fit');
  model.optimizer.dispose();
  model.optimizer = adam;
  tf.tidy(() => model.setWeights(other.getWeights().map(weight => tf.add(weight, 0))));
}
