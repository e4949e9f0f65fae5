import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {fits} from '../support/looks.js';
import {modelCases, weightsOf} from '../support/models.js';
import {disposeOf, nativeOptimizers, stateOf} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const modelCase = modelCases[0]!;
type Inject = (model: tfl.LayersModel) => unknown;

const ours: Readonly<Record<string, Inject>> = {
  SGD: model => new SGD({learningRate: 0.05, momentum: 0.9}).inject(model),
  Heun: model => new Heun({learningRate: 0.05}).inject(model),
  'Lookahead around Heun': model => {
    new Lookahead({k: 2, evaluateOn: 'fast'}).inject(model);
    new Heun({learningRate: 0.05}).inject(model);
  },
};

describe('a layer whose trainable changes', () => {
  for (const [name, makeOptimizer] of Object.entries(nativeOptimizers)) {
    it(`trains on as without an injection, to the last bit: ${name} of tfjs`, async () => {
      const seenWith = async (prepare: Inject) => {
        const model = modelCase.make(makeOptimizer());
        prepare(model);
        const warnings = await warningsOf(() => freezeAndThaw(model));
        const seen = {
          weights: weightsOf(model),
          optimizer: stateOf(model.optimizer),
          warnings,
          tensors: tf.memory().numTensors,
        };
        disposeOf(model);
        return {...seen, tensors: seen.tensors - tf.memory().numTensors};
      };
      const native = await seenWith(() => {});
      expect(await seenWith(inject)).to.deep.equal(native);
    });
  }

  for (const [name, injectInto] of Object.entries(ours)) {
    it(`stops in the middle of fit, and goes on once it is trainable again: ${name}`, async () => {
      const model = modelCase.make('sgd');
      injectInto(model);
      const layer = model.layers[0]!;
      const data = modelCase.data();
      const moved = await movesOf(model, async observe => {
        const onBatchEnd = (batch: number) => {
          observe();
          layer.trainable = batch === 1;
        };
        await warningsOf(() => fits.fit!(model, data, 2, {onBatchEnd}));
      });
      // Trainable at the start, and after the second batch of each epoch.
      expect(moved.map(weights => weights[0])).to.deep.equal([true, false, true, false, false, true]);
      expect(
        moved.map(weights => weights[2]),
        'the other layer',
      ).to.deep.equal(Array(6).fill(true));
      model.dispose();
    });
  }

  it('keeps what it has learnt: a velocity rests while its weight is frozen', async () => {
    const model = modelCase.make('sgd');
    new SGD({learningRate: 0.05, momentum: 0.9}).inject(model);
    await trainOnBatches(model, modelCase, 0, 2);
    // The bias's slot comes after the step count and the kernel's.
    const velocity = async () =>
      Float32Array.from((await model.optimizer.getWeights())[2]!.tensor.dataSync());
    const bias = () => model.layers[0]!.getWeights()[1]!.dataSync().slice();
    const learnt = await velocity();
    const layer = model.layers[0]!;
    layer.trainable = false;
    await warningsOf(() => trainOnBatches(model, modelCase, 2, 3));
    layer.trainable = true;
    expect(await velocity()).to.deep.equal(learnt);
    const before = bias();
    await trainOnBatches(model, modelCase, 3, 4);
    const after = bias();
    const now = await velocity();
    // θ ← θ − α·v.
    now.forEach((v, i) => {
      expect(after[i]).to.be.closeTo(before[i]! - 0.05 * v, 1e-7);
    });
    expect(now).not.to.deep.equal(learnt);
    model.dispose();
  });
});

/** Freezes a layer in the middle of fit, trains on, and thaws it between two further calls. */
async function freezeAndThaw(model: tfl.LayersModel): Promise<void> {
  const {x, y} = modelCase.data();
  const layer = model.layers[0]!;
  const onBatchEnd = () => {
    layer.trainable = false;
  };
  await fits.fit!(model, {x, y}, 1, {onBatchEnd});
  await fits.fit!(model, {x, y}, 1);
  layer.trainable = true;
  await fits.fitDataset!(model, {x, y}, 1);
  tf.dispose([x, y]);
}

/** For each call of `observe`, which weights have moved since the one before. */
async function movesOf(model: tfl.LayersModel, body: (observe: () => void) => Promise<void>) {
  // Not in the order of model.getWeights(), in which frozen ones come last.
  const read = () =>
    model.layers.flatMap(layer => layer.getWeights().map(weight => weight.dataSync().slice()));
  let former = read();
  const moves: boolean[][] = [];
  await body(() => {
    const now = read();
    moves.push(now.map((weight, i) => weight.join() !== former[i]!.join()));
    former = now;
  });
  return moves;
}
