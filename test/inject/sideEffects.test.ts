import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, RungeKutta} from '../../src/index.js';
import {type ModelCase, modelCases, withSeed} from '../support/models.js';
import {disposeOf, train} from '../support/training.js';

const optimizers = {
  Heun: () => new Heun({learningRate: 0.05}),
  'the classical Runge–Kutta method': () => new RungeKutta({learningRate: 0.05, tableau: 'rk4'}),
};

describe('a step of several phases', () => {
  for (const [name, makeOptimizer] of Object.entries(optimizers)) {
    for (const modelCase of modelCases) {
      it(`of ${name} reports and moves the layers' state as one of sgd, on ${modelCase.name}`, async () => {
        const plain = await seenInSteps(modelCase, tf.train.sgd(0.05), 1);
        const optimizer = makeOptimizer();
        const injected = await seenInSteps(modelCase, optimizer, 1, model => optimizer.inject(model));
        expect(injected.weights, 'the steps differ').not.to.deep.equal(plain.weights);
        expect({...injected, weights: []}).to.deep.equal({...plain, weights: []});
      });
    }

    it(`of ${name} keeps as many former RNN states as sgd, batch after batch`, async () => {
      const modelCase = caseOf('stateful');
      const plain = await seenInSteps(modelCase, tf.train.sgd(0.05), 3);
      const optimizer = makeOptimizer();
      const injected = await seenInSteps(modelCase, optimizer, 3, model => optimizer.inject(model));
      expect(injected.keptStates).to.deep.equal(plain.keptStates);
      expect(injected.grown).to.equal(plain.grown);
    });

    it(`of ${name} goes on from the RNN states that its first phase left`, async () => {
      const modelCase = caseOf('stateful');
      // At rate 0 all phases see the same weights: only states and masks could differ from those of sgd.
      const plain = await seenInSteps(modelCase, tf.train.sgd(0), 3);
      const optimizer = makeOptimizer();
      optimizer.learningRate = 0;
      const injected = await seenInSteps(modelCase, optimizer, 3, model => optimizer.inject(model));
      expect(injected).to.deep.equal(plain);
    });
  }

  it('moves the moving statistics by what its first phase saw, not by the mean of its phases', async () => {
    const modelCase = caseOf('BatchNorm');
    const plain = await seenInSteps(modelCase, tf.train.sgd(0.05), 1);
    const start = await seenInSteps(modelCase, tf.train.sgd(0.05), 0);
    expect(plain.state).not.to.deep.equal(start.state);
    const optimizer = new Heun({learningRate: 5});
    const injected = await seenInSteps(modelCase, optimizer, 1, model => optimizer.inject(model));
    expect(injected.state).to.deep.equal(plain.state);
  });

  for (const way of ['fit', 'fitDataset']) {
    it(`has its side effects once in ${way} too, where validation comes in between`, async () => {
      for (const modelCase of [caseOf('BatchNorm'), caseOf('stateful'), caseOf('two outputs')]) {
        const seenOf = async (optimizer: tf.Optimizer, prepare: (model: tfl.LayersModel) => unknown) => {
          const model = modelCase.make(optimizer);
          prepare(model);
          const {result, logs} = await train(model, modelCase, way);
          const state = stateOf(model);
          disposeOf(model);
          return {result, logs, state};
        };
        const optimizer = new Heun({learningRate: 0});
        expect(await seenOf(optimizer, model => optimizer.inject(model))).to.deep.equal(
          await seenOf(tf.train.sgd(0), () => {}),
        );
      }
    });
  }
});

function caseOf(word: string): ModelCase {
  return modelCases.find(({name}) => name.includes(word))!;
}

/** What trainOnBatch returns, and what it leaves in the layers, in memory and in the random source. */
async function seenInSteps(
  {make, data, batchSize}: ModelCase,
  optimizer: tf.Optimizer,
  steps: number,
  prepare: (model: tfl.LayersModel) => unknown = () => {},
) {
  const model = make(optimizer);
  prepare(model);
  const {x, y} = data();
  const before = tf.memory().numTensors;
  const [results, nextRandom] = await withSeed(9, async () => {
    const values: (number | number[])[] = [];
    for (let i = 0; i < steps; i++) {
      const rows = (tensors: tf.Tensor | tf.Tensor[]) =>
        [tensors].flat().map(tensor => tf.slice(tensor, i * batchSize, batchSize));
      const [xs, ys] = [rows(x), rows(y)];
      values.push(await model.trainOnBatch(xs, ys));
      tf.dispose([xs, ys]);
    }
    return [values, Math.random()] as const;
  });
  const slots = optimizer instanceof Heun ? 1 : optimizer instanceof RungeKutta ? 4 : 0;
  const grown = tf.memory().numTensors - before - slots * model.trainableWeights.length;
  const seen = {
    results,
    nextRandom,
    grown,
    weights: model.trainableWeights.map(weight => weight.read().dataSync()),
    ...stateOf(model),
  };
  tf.dispose([x, y]);
  model.dispose();
  return seen;
}

/** Moving statistics, RNN states, and how many former ones are kept. */
function stateOf(model: tfl.LayersModel) {
  const layers = model.layers as unknown as {states_?: tf.Tensor[]; keptStates?: tf.Tensor[][]}[];
  return {
    state: [
      ...model.nonTrainableWeights.map(weight => weight.read().dataSync().slice()),
      ...layers.flatMap(({states_}) => (states_ ?? []).map(state => state.dataSync().slice())),
    ],
    keptStates: layers.map(({keptStates}) => keptStates?.length),
  };
}
