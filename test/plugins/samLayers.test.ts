import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {AccumulateGradients, ASAM, type Injection, inject, SAM, SGD} from '../../src/index.js';
import {batchOf} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {spiedBatch, spiedModel} from '../support/spy.js';

const modelCase = modelCases.find(({name}) => name.includes('BatchNorm and dropout'))!;
const rate = 0.05;

/** A step of SGD over so many batches, from the given weights, with masks that follow from one seed. */
async function step(
  batches: number,
  prepare: (injection: Injection) => void = () => {},
  start?: readonly Float32Array[],
) {
  const model = modelCase.make('sgd');
  if (start)
    tf.tidy(() =>
      model.setWeights(start.map((values, i) => tf.tensor(values, model.weights[i]!.shape as number[]))),
    );
  const injection = inject(model, {seed: 11});
  new SGD({learningRate: rate}).inject(model).use(new AccumulateGradients({steps: batches}));
  prepare(injection);
  for (let i = 0; i < batches; i++) {
    const {xs, ys} = batchOf(modelCase, i);
    await model.trainOnBatch(xs as tf.Tensor, ys as tf.Tensor);
    tf.dispose([xs, ys]);
  }
  expect(injection.iterations).to.equal(1);
  const end = weightsOf(model);
  const isMoving = model.weights.map(({originalName}) => originalName.includes('moving'));
  const moving = end.filter((_, i) => isMoving[i]);
  model.dispose();
  return {end, isMoving, moving};
}

for (const batches of [1, 2]) {
  describe(`SAM on a model with BatchNorm and dropout, over ${batches} batch(es) a step,`, () => {
    it('takes the gradient that a model at the displaced weights has, with the same masks', async () => {
      const rho = 0.7;
      const start = weightsOf(modelCase.make('sgd'));
      let clean: number[][] = [];
      const sam = await step(batches, injection => {
        injection.hooks.evaluated.tap({name: 'test', stage: -1}, ({gradients}) => {
          clean = [...gradients.values()].map(gradient => [...gradient.dataSync()]);
        });
        injection.use(new SAM({rho}));
      });
      const norm = Math.hypot(...clean.flat());
      let place = 0;
      const displaced = start.map((values, i) => {
        if (sam.isMoving[i]) return values;
        const gradient = clean[place++]!;
        return values.map((value, j) => value + (rho * gradient[j]!) / norm);
      });
      const plain = await step(batches, undefined, displaced);
      let greatest = 0;
      for (const [i, values] of sam.end.entries()) {
        if (sam.isMoving[i]) continue;
        for (const [j, value] of values.entries()) {
          // Both have moved by the same: from where they were.
          const [ours, theirs] = [value - start[i]![j]!, plain.end[i]![j]! - displaced[i]![j]!];
          expect(ours).to.be.closeTo(theirs, 1e-6);
          greatest = Math.max(greatest, Math.abs(ours));
        }
      }
      expect(greatest).to.be.above(1e-2);
    });

    it('moves the moving statistics as the first pass alone', async () => {
      const start = weightsOf(modelCase.make('sgd'));
      const plain = await step(batches);
      for (const plugin of [new SAM({rho: 3}), new ASAM({rho: 3})]) {
        const climbing = await step(batches, injection => injection.use(plugin));
        expect(climbing.moving).to.deep.equal(plain.moving);
        expect(climbing.end).not.to.deep.equal(plain.end);
      }
      expect(plain.moving).to.have.length(2);
      expect(plain.moving).not.to.deep.equal(start.filter((_, i) => plain.isMoving[i]));
    });

    it('shows both passes the same masks, and each batch its own, without a seed', async () => {
      const {model, spy} = spiedModel(tfl.layers.dropout({rate: 0.5}));
      inject(model)
        .use(new SAM({rho: 1}))
        .use(new AccumulateGradients({steps: batches}));
      const {x, y} = spiedBatch();
      for (let i = 0; i < 2 * batches; i++) await model.trainOnBatch(x, y);
      const {seen} = spy;
      expect(seen).to.have.length(4 * batches);
      for (const from of [0, 2 * batches])
        expect(seen.slice(from + batches, from + 2 * batches)).to.deep.equal(
          seen.slice(from, from + batches),
        );
      expect(new Set(seen.map(output => output.join())).size).to.equal(2 * batches);
      tf.dispose([x, y]);
      model.dispose();
    });
  });
}
