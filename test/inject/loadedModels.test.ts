import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, type Injection, type InjectOptimizer, inject, Lookahead, SGD} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {disposeOf, train, waysToTrain} from '../support/training.js';

const own: Readonly<Record<string, () => InjectOptimizer>> = {
  SGD: () => new SGD({learningRate: 0.05, momentum: 0.9}),
  Heun: () => new Heun({learningRate: 0.05}),
};
const seed = 7;
/** Not where tfjs itself does not bring everything back: RNN states, and what of a nested model was frozen. */
const cases = modelCases.filter(({name}) => !/stateful|nested/.test(name));

describe('a model that tf.loadLayersModel brought back', () => {
  for (const modelCase of cases) {
    it(`is injected, and trains as without, to the last bit: ${modelCase.name}`, async () => {
      const trained = modelCase.make(tf.train.adam(0.02));
      await train(trained, modelCase, 'fit');
      const artifacts = await saved(trained);
      disposeOf(trained);
      const seenWith = async (prepare: (model: tfl.LayersModel) => unknown) => {
        const model = await loaded(artifacts);
        expect(model.optimizer.getClassName()).to.equal('Adam');
        prepare(model);
        const seen = [];
        for (const way of Object.keys(waysToTrain)) seen.push(await train(model, modelCase, way));
        disposeOf(model);
        return seen;
      };
      const native = await seenWith(() => {});
      expect(await seenWith(inject)).to.deep.equal(native);
    });

    for (const [name, makeOptimizer] of Object.entries(own)) {
      it(`goes on under ${name} where it was saved, bit for bit: ${modelCase.name}`, async () => {
        const uninterrupted = modelCase.make(makeOptimizer());
        inject(uninterrupted, {seed});
        await trainOnBatches(uninterrupted, modelCase, 0, 3);
        const artifacts = await saved(uninterrupted);
        const start = weightsOf(uninterrupted);
        await trainOnBatches(uninterrupted, modelCase, 3, 6);
        expect(weightsOf(uninterrupted)).not.to.deep.equal(start);

        const model = await loaded(artifacts);
        expect(model.optimizer.getClassName()).to.equal(`tfjs-inject/${name}`);
        const injection = inject(model, {seed});
        expect(injection.iterations).to.equal(3);
        expect(weightsOf(model)).to.deep.equal(start);
        await trainOnBatches(model, modelCase, 3, 6);
        expect(weightsOf(model)).to.deep.equal(weightsOf(uninterrupted));
        expect(await slotsOf(model)).to.deep.equal(await slotsOf(uninterrupted));
        for (const each of [model, uninterrupted]) disposeOf(each);
      });
    }

    it(`goes on under SGD from compile alone, saved twice, bit for bit: ${modelCase.name}`, async () => {
      const uninterrupted = modelCase.make(own.SGD!());
      let model = modelCase.make(own.SGD!());
      for (let life = 0; life < 3; life++) {
        // Masks come from Math.random here: each part of both runs begins with the same.
        await train(uninterrupted, modelCase, 'fit');
        await train(model, modelCase, 'fit');
        expect(weightsOf(model)).to.deep.equal(weightsOf(uninterrupted));
        expect(await slotsOf(model)).to.deep.equal(await slotsOf(uninterrupted));
        const artifacts = await saved(model);
        disposeOf(model);
        model = await loaded(artifacts);
      }
      for (const each of [model, uninterrupted]) disposeOf(each);
    });
  }

  it('is evaluated on the slow weights that were saved', async () => {
    const modelCase = modelCases[0]!;
    const model = modelCase.make(own.Heun!());
    inject(model).use(new Lookahead({k: 4}));
    await trainOnBatches(model, modelCase, 0, 6);
    const fast = weightsOf(model);
    const artifacts = await saved(model);
    const {x} = modelCase.data();
    const back = await loaded(artifacts);
    const predictions = [model, back].map(each => (each.predict(x as tf.Tensor) as tf.Tensor).dataSync());
    expect(predictions[1]).to.deep.equal(predictions[0]);
    expect(weightsOf(back)).not.to.deep.equal(fast);
    for (const each of [model, back]) disposeOf(each);
  });
});

describe('an optimizer that is ejected', () => {
  for (const modelCase of cases) {
    for (const [name, makeOptimizer] of Object.entries(own)) {
      for (const compile of ['', 'compile and '] as const) {
        it(`goes on after eject, ${compile}inject: ${name}, ${modelCase.name}`, async () => {
          const seenWith = async (between: (injection: Injection, model: tfl.LayersModel) => void) => {
            const model = modelCase.make('sgd');
            const optimizer = makeOptimizer();
            const injection = optimizer.inject(inject(model, {seed}) && model);
            await trainOnBatches(model, modelCase, 0, 3);
            between(injection, model);
            await trainOnBatches(model, modelCase, 3, 6);
            const seen = {
              weights: weightsOf(model),
              slots: await slotsOf(model),
              iterations: optimizer.iterations,
            };
            disposeOf(model);
            optimizer.dispose();
            return seen;
          };
          const uninterrupted = await seenWith(() => {});
          const interrupted = await seenWith((injection, model) => {
            const optimizer = injection.optimizer as InjectOptimizer;
            injection.eject();
            const {loss, metrics} = model;
            if (compile !== '')
              model.compile({optimizer: 'sgd', loss: loss as string[], metrics: metrics as string[]});
            inject(model, {seed});
            optimizer.inject(model);
          });
          expect(uninterrupted.iterations).to.equal(6);
          expect(interrupted).to.deep.equal(uninterrupted);
        });
      }
    }
  }
});

async function saved(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async given => {
    artifacts = given;
    return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
  });
  await model.save(handler, {includeOptimizer: true});
  // As it comes from a file: nothing is shared with the model.
  return structuredClone(artifacts!);
}

function loaded(artifacts: tf.io.ModelArtifacts): Promise<tfl.LayersModel> {
  return tfl.loadLayersModel(tf.io.fromMemory(structuredClone(artifacts)));
}

async function slotsOf({optimizer}: tfl.LayersModel): Promise<Float32Array[]> {
  return (await optimizer.getWeights()).map(({tensor}) => Float32Array.from(tensor.dataSync()));
}
