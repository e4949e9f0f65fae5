import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject, Lookahead} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {LookaheadByHand} from '../support/lookaheadByHand.js';
import {fits, looks} from '../support/looks.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';

/** The last two of six steps are not synced: slow and fast weights differ. */
const k = 4;
const alpha = 0.5;
const steps = 6;
const cases = [modelCases[0]!, modelCases[2]!];

describe('evaluation weights', () => {
  for (const modelCase of cases) {
    for (const [name, look] of Object.entries(looks)) {
      it(`are the slow ones for ${name}, or the fast ones if so told, on ${modelCase.name}`, async () => {
        const data = modelCase.data();
        const expected = await seenByHand(modelCase, model => look(model, data));
        for (const evaluateOn of ['slow', 'fast'] as const) {
          const model = makeInjected(modelCase, evaluateOn);
          await trainOnBatches(model, modelCase, 0, steps);
          const trained = weightsOf(model);
          expect(trained).to.deep.equal(expected.weights.fast);
          const {numTensors} = tf.memory();
          expect(await look(model, data), evaluateOn).to.deep.equal(expected[evaluateOn]);
          expect(weightsOf(model), 'the training weights are back').to.deep.equal(trained);
          expect(tf.memory().numTensors).to.equal(numTensors);
          model.dispose();
        }
        tf.dispose([data.x, data.y]);
      });
    }

    for (const [name, train] of Object.entries(fits)) {
      it(`are what ${name} validates on and leaves in the model, on ${modelCase.name}`, async () => {
        const data = modelCase.data();
        const expected = await seenByHand(modelCase, model => looks.evaluate!(model, data));
        for (const evaluateOn of ['slow', 'fast'] as const) {
          const model = makeInjected(modelCase, evaluateOn);
          const {history} = await train(model, data, 2);
          const seen = model.metricsNames.map(metric => [history[`val_${metric}`]!.at(-1)]);
          expect(seen, evaluateOn).to.deep.equal((expected[evaluateOn] as unknown[]).slice(0, seen.length));
          expect(weightsOf(model)).to.deep.equal(expected.weights[evaluateOn]);
          model.dispose();
        }
        tf.dispose([data.x, data.y]);
      });

      it(`do not break the path of ${name}: two calls go where one goes, on ${modelCase.name}`, async () => {
        const data = modelCase.data();
        const runs = [];
        for (const epochs of [[3], [1, 1, 1]]) {
          const model = makeInjected(modelCase, 'slow');
          const losses: unknown[] = [];
          for (const count of epochs) {
            losses.push(...(await train(model, data, count)).history.loss!);
            for (const look of Object.values(looks)) await look(model, data);
          }
          const rest = weightsOf(model);
          await trainOnBatches(model, modelCase, 0, 1);
          runs.push({losses, rest, training: weightsOf(model)});
          model.dispose();
        }
        expect(runs[1]).to.deep.equal(runs[0]);
        const twin = makeInjected(modelCase, 'fast');
        await train(twin, data, 3);
        expect(weightsOf(twin), 'both differ at rest').not.to.deep.equal(runs[0]!.rest);
        await trainOnBatches(twin, modelCase, 0, 1);
        expect(weightsOf(twin), 'and train alike').to.deep.equal(runs[0]!.training);
        twin.dispose();
        tf.dispose([data.x, data.y]);
      });
    }
  }

  it('are what a callback of fit evaluates, while the weights in the model are those that train', async () => {
    const modelCase = modelCases[0]!;
    const data = modelCase.data();
    const expected = await seenByHand(modelCase, model => looks.predict!(model, data));
    const model = makeInjected(modelCase, 'slow');
    let seen: unknown;
    let trained: unknown;
    const onBatchEnd = async (batch: number) => {
      if (batch !== 2) return;
      seen = await looks.predict!(model, data);
      trained = weightsOf(model);
    };
    await fits.fit!(model, data, 2, {onBatchEnd});
    expect(seen).to.deep.equal(expected.slow);
    expect(trained).to.deep.equal(expected.weights.fast);
    model.dispose();
    tf.dispose([data.x, data.y]);
  });

  it('are gone before the first callback of the next fit', async () => {
    const modelCase = modelCases[0]!;
    const data = modelCase.data();
    const [model, twin] = [makeInjected(modelCase, 'slow'), makeInjected(modelCase, 'fast')];
    for (const each of [model, twin]) await fits.fit!(each, data, 2);
    const seen: unknown[] = [];
    await fits.fit!(model, data, 1, {onTrainBegin: () => void seen.push(weightsOf(model))});
    expect(seen).to.deep.equal([weightsOf(twin)]);
    for (const each of [model, twin]) each.dispose();
    tf.dispose([data.x, data.y]);
  });

  it('stay in the model until it is saved', async () => {
    const modelCase = modelCases[0]!;
    const expected = await seenByHand(modelCase, model => weightsOf(model));
    const model = makeInjected(modelCase, 'slow');
    await trainOnBatches(model, modelCase, 0, steps);
    let seen: unknown;
    const slowDisk = tf.io.withSaveHandler(async () => {
      await new Promise(resolve => setImmediate(resolve));
      seen = weightsOf(model);
      return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
    });
    await model.save(slowDisk);
    expect(seen).to.deep.equal(expected.slow);
    expect(weightsOf(model)).to.deep.equal(expected.weights.fast);
    model.dispose();
  });

  for (const hook of ['afterStep', 'afterBatch'] as const) {
    it(`are what a tap of ${hook} sees, as of the step that was taken`, async () => {
      const modelCase = modelCases[0]!;
      const model = makeInjected(modelCase, 'slow');
      const injection = inject(model);
      let seen: Float32Array[] = [];
      injection.hooks[hook].tap({name: 'look', stage: 1000}, () => {
        seen = injection.evaluate(() => weightsOf(model));
      });
      for (let i = 0; i < steps; i++) {
        await trainOnBatches(model, modelCase, i, i + 1);
        const trained = weightsOf(model);
        expect(seen).to.deep.equal(injection.evaluate(() => weightsOf(model)));
        expect(weightsOf(model)).to.deep.equal(trained);
      }
      expect(seen, 'of steps that are not synced').not.to.deep.equal(weightsOf(model));
      model.dispose();
    });
  }

  it('stay until the last of several asynchronous evaluations is over', async () => {
    const modelCase = modelCases[0]!;
    const model = makeInjected(modelCase, 'slow');
    const injection = inject(model);
    await trainOnBatches(model, modelCase, 0, steps);
    const trained = weightsOf(model);
    const slow = injection.evaluate(() => weightsOf(model));
    expect(slow).not.to.deep.equal(trained);
    const later = (milliseconds: number) =>
      injection.evaluate(async () => {
        await new Promise(resolve => setTimeout(resolve, milliseconds));
        return weightsOf(model);
      });
    expect(await Promise.all([later(1), later(20), later(5)])).to.deep.equal([slow, slow, slow]);
    expect(weightsOf(model)).to.deep.equal(trained);
    model.dispose();
  });

  it('make room for the training weights again when an evaluation throws', async () => {
    const modelCase = modelCases[0]!;
    const data = modelCase.data();
    const model = makeInjected(modelCase, 'slow');
    await trainOnBatches(model, modelCase, 0, steps);
    const trained = weightsOf(model);
    const failure = new Error('disk full');
    const full = tf.io.withSaveHandler(() => Promise.reject(failure));
    expect(await model.save(full).catch(error => error)).to.equal(failure);
    expect(weightsOf(model)).to.deep.equal(trained);
    const wrong = tf.zeros([2, 7]);
    expect(() => model.predictOnBatch(wrong)).to.throw();
    expect(weightsOf(model)).to.deep.equal(trained);
    model.dispose();
    tf.dispose([data.x, data.y, wrong]);
  });
});

function makeInjected(modelCase: ModelCase, evaluateOn: 'slow' | 'fast'): tfl.LayersModel {
  const model = modelCase.make('sgd');
  inject(model).use(new Lookahead({k, alpha, evaluateOn}));
  return model;
}

/** What `look` sees on slow and on fast weights after six steps of Lookahead by hand, and these weights. */
async function seenByHand(modelCase: ModelCase, look: (model: tfl.LayersModel) => unknown) {
  const model = modelCase.make('sgd');
  const byHand = new LookaheadByHand(model, k, alpha);
  for (let i = 0; i < steps; i++) {
    await trainOnBatches(model, modelCase, i, i + 1);
    byHand.afterStep();
  }
  const slow = await byHand.onSlow(async () => ({seen: await look(model), weights: weightsOf(model)}));
  const seen = {
    slow: slow.seen,
    fast: await look(model),
    weights: {slow: slow.weights, fast: weightsOf(model)},
  };
  expect(seen.slow, 'slow and fast differ').not.to.deep.equal(seen.fast);
  byHand.dispose();
  model.dispose();
  return seen;
}
