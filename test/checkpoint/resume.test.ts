import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  AdamW,
  BatchNormStatistics,
  ClipByGlobalNorm,
  EMA,
  Heun,
  Injection,
  inject,
  Lookahead,
  MicroBatch,
  Muon,
  Ranger,
  SAM,
  ScheduleFreeAdamW,
  SGD,
  schedules,
} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {nativeOptimizers} from '../support/training.js';

const warmUp = schedules.polynomial({initialValue: 0.001, finalValue: 0.05, decaySteps: 6});

/** What is put around a model that was compiled with the first. */
const stacks: Record<string, {optimizer: () => string | tf.Optimizer; use: (injection: Injection) => void}> =
  {
    Ranger: {optimizer: () => new Ranger({learningRate: 0.02, k: 3}), use: () => {}},
    'Adam, Lookahead, EMA and a clip': {
      optimizer: () => new Adam({learningRate: 0.02}),
      use: injection =>
        injection
          .use(new Lookahead({k: 3}))
          .use(new EMA({decay: 0.7}))
          .use(new ClipByGlobalNorm({clipNorm: 0.5})),
    },
    Heun: {optimizer: () => new Heun({learningRate: 0.05}), use: () => {}},
    'an accumulating Adam': {
      optimizer: () => new Adam({learningRate: 0.02}),
      use: injection => injection.use(new AccumulateGradients({steps: 4})),
    },
    'an accumulating Heun in pieces': {
      optimizer: () => new Heun({learningRate: 0.05}),
      use: injection => injection.use(new AccumulateGradients({steps: 3})).use(new MicroBatch({size: 3})),
    },
    'SAM with a schedule': {
      optimizer: () => new SGD({learningRate: warmUp, momentum: 0.9}),
      use: injection =>
        injection
          .use(new SAM({rho: 0.05}))
          .use(new BatchNormStatistics({from: 'last'}))
          .use(new AccumulateGradients({steps: 3})),
    },
    'Muon and AdamW': {optimizer: () => new Muon({learningRate: 0.02}), use: () => {}},
    'AdamW with a decay': {optimizer: () => new AdamW({learningRate: 0.02}), use: () => {}},
    ScheduleFreeAdamW: {optimizer: () => new ScheduleFreeAdamW({learningRate: 0.02}), use: () => {}},
    ...Object.fromEntries(
      // Centered RMSProp of tfjs gives NaN where a gradient is 0.
      Object.entries({...nativeOptimizers, rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5)}).map(
        ([name, optimizer]) => [
          `tf.train.${name} in Lookahead`,
          {optimizer, use: (injection: Injection) => injection.use(new Lookahead({k: 3}))},
        ],
      ),
    ),
  };

/** A batch that the layers of a stateful model see whole. */
const fits = (stack: string, {name}: ModelCase) => !(/pieces/.test(stack) && /stateful/.test(name));

const statesOf = (model: LayersModel) =>
  model.layers.flatMap(layer =>
    ((layer as unknown as {states_?: tf.Tensor[]}).states_ ?? []).map(state => [...state.dataSync()]),
  );

/** Training weights, not those that evaluation is shown. */
const trainedOf = (injection: Injection) => injection.weights.map(({variable}) => [...variable.dataSync()]);

describe('A checkpoint', () => {
  for (const [name, {optimizer, use}] of Object.entries(stacks)) {
    for (const modelCase of modelCases) {
      if (!fits(name, modelCase)) continue;
      it(`goes on as if training had never stopped: ${name}, on ${modelCase.name}`, async () => {
        const [stop, end] = [5, 12];
        const model = modelCase.make(optimizer());
        const injection = inject(model, {seed: 11});
        use(injection);
        await trainOnBatches(model, modelCase, 0, stop);
        const place = memoryPlace();
        await injection.save(place);
        const iterations = injection.iterations;
        const weights = weightsOf(model);
        await trainOnBatches(model, modelCase, stop, end);
        const wanted = {weights: weightsOf(model), trained: trainedOf(injection), states: statesOf(model)};
        expect(wanted.weights).not.to.deep.equal(weights);

        const loaded = await Injection.load(place);
        expect(loaded.iterations).to.equal(iterations);
        await trainOnBatches(loaded.model!, modelCase, stop, end);
        expect(weightsOf(loaded.model!), 'of the loaded one').to.deep.equal(wanted.weights);
        expect(trainedOf(loaded)).to.deep.equal(wanted.trained);
        expect(statesOf(loaded.model!)).to.deep.equal(wanted.states);

        await injection.restore(place);
        expect(injection.iterations).to.equal(iterations);
        await trainOnBatches(model, modelCase, stop, end);
        expect(weightsOf(model), 'of the one that was put back').to.deep.equal(wanted.weights);
        expect(statesOf(model)).to.deep.equal(wanted.states);
        for (const each of [model, loaded.model!]) {
          each.optimizer.dispose();
          each.dispose();
        }
      });
    }
  }
});
