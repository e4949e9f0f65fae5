import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam, Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {batchOf, trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {refuses} from '../support/refuses.js';
import {nativeOptimizers} from '../support/training.js';

const ours: Record<string, () => Adam | SGD | Heun> = {
  Adam: () => new Adam({learningRate: 0.02}),
  'SGD with momentum': () => new SGD({learningRate: 0.05, momentum: 0.9}),
  Heun: () => new Heun({learningRate: 0.05}),
};
const setups: Record<string, (modelCase: ModelCase) => LayersModel> = {
  ...Object.fromEntries(
    // Centered RMSProp of tfjs gives NaN where a gradient is 0.
    Object.entries({...nativeOptimizers, rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5)}).map(
      ([name, make]) => [
        `tf.train.${name}`,
        modelCase => {
          const model = modelCase.make(make());
          inject(model, {seed: 3});
          return model;
        },
      ],
    ),
  ),
  ...Object.fromEntries(
    Object.entries(ours).map(([name, make]) => [
      name,
      (modelCase: ModelCase) => {
        const model = modelCase.make('sgd');
        inject(model, {seed: 3});
        make().inject(model);
        return model;
      },
    ]),
  ),
};

const statesOf = (model: LayersModel) =>
  model.layers.flatMap(layer =>
    ((layer as unknown as {states_?: tf.Tensor[]}).states_ ?? []).map(state => [...state.dataSync()]),
  );

describe('injection.snapshot()', () => {
  for (const [name, setUp] of Object.entries(setups)) {
    for (const modelCase of modelCases.filter(({name: kind}) => /BatchNorm|stateful/.test(kind))) {
      it(`puts everything back that training changes: ${name} in Lookahead, on ${modelCase.name}`, async () => {
        const model = setUp(modelCase);
        const injection = inject(model).use(new Lookahead({k: 2}));
        await trainOnBatches(model, modelCase, 0, 3);
        const snapshot = injection.snapshot();
        const [weights, states] = [weightsOf(model), statesOf(model)];
        await trainOnBatches(model, modelCase, 3, 6);
        const [end, endStates] = [weightsOf(model), statesOf(model)];
        expect(end).not.to.deep.equal(weights);
        snapshot.restore();
        expect(weightsOf(model)).to.deep.equal(weights);
        expect(statesOf(model)).to.deep.equal(states);
        expect(injection.iterations).to.equal(3);
        await trainOnBatches(model, modelCase, 3, 6);
        expect(weightsOf(model), 'the same way again').to.deep.equal(end);
        expect(statesOf(model)).to.deep.equal(endStates);
        model.dispose();
      });
    }
  }

  it('costs nothing when it is taken, and leaves no tensor when it is over', async () => {
    const [modelCase] = modelCases as [ModelCase];
    for (const isFirst of [true, false]) {
      const model = setups.Adam!(modelCase);
      const injection = inject(model).use(new Lookahead());
      if (!isFirst) await trainOnBatches(model, modelCase, 0, 1);
      const before = tf.memory();
      const [restored, released] = [injection.snapshot(), injection.snapshot()];
      expect(tf.memory().numDataBuffers).to.equal(before.numDataBuffers);
      released.release();
      await trainOnBatches(model, modelCase, 1, 3);
      restored.restore();
      restored.restore();
      restored.release();
      expect(tf.memory().numTensors).to.equal(before.numTensors);
      model.dispose();
    }
  });

  it('remembers training weights, slow weights being shown or not', async () => {
    const [modelCase] = modelCases as [ModelCase];
    const model = setups['tf.train.sgd']!(modelCase);
    const injection = inject(model).use(new Lookahead({k: 4, alpha: 0.5}));
    const {x, y} = modelCase.data();
    const epoch = () => model.fit(x, y, {batchSize: modelCase.batchSize, shuffle: false, verbose: 0});
    await epoch();
    const shown = weightsOf(model);
    const snapshot = injection.snapshot();
    expect(weightsOf(model)).to.deep.equal(shown);
    await epoch();
    const end = weightsOf(model);
    snapshot.restore();
    expect(weightsOf(model)).to.deep.equal(shown);
    await epoch();
    expect(weightsOf(model)).to.deep.equal(end);
    expect(end).not.to.deep.equal(shown);
    model.dispose();
    tf.dispose([x, y]);
  });

  it('is refused within a step, after eject, and for another optimizer', async () => {
    const [modelCase] = modelCases as [ModelCase];
    const model = modelCase.make('sgd');
    const injection = inject(model);
    const snapshot = injection.snapshot();
    let isOn = true;
    injection.hooks.afterStep.tap('looks', () => {
      if (isOn) injection.snapshot();
    });
    const {xs, ys} = batchOf(modelCase, 0);
    await refuses('TRAINING', ['snapshot()'], () => model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor));
    isOn = false;
    new Adam().inject(model);
    await refuses('PLUGIN_CONFLICT', ['another has the seat'], () => snapshot.restore());
    snapshot.release();
    injection.eject();
    await refuses('NOT_INJECTED', ['snapshot()'], () => injection.snapshot());
    tf.dispose([xs, ys]);
    model.dispose();
  });
});
