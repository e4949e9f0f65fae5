import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import fc from 'fast-check';
import {InjectError, inject, SkipNonFinite} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {warningsOf} from '../support/warnings.js';
import {plugins} from './pluginRegistry.js';
import {optimizers} from './registry.js';

const modelCase = modelCases.find(({name}) => /BatchNorm and dropout/.test(name))!;
const names = plugins.filter(({name}) => name !== 'SkipNonFinite');
const inners = optimizers.filter(({isVariant}) => !isVariant);

const arbitrary = fc.record({
  inner: fc.constantFrom(...inners),
  entries: fc.shuffledSubarray([...names], {maxLength: 3}),
  bad: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  /** Of the evaluations of the third batch's step, the one whose gradient is bad. */
  evaluation: fc.nat(1),
});

describe('A gradient that is not finite', () => {
  const numRuns = tf.getBackend() === 'cpu' ? 150 : 40;

  it(`leaves weights, slots, averages and statistics as they were, with SkipNonFinite in any of ${numRuns} random stacks`, async () => {
    let skipped = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({inner, entries, bad, evaluation}) => {
        const label = `${entries.map(({name}) => name).join(', ')} around ${inner.name}, ${bad}`;
        const model = modelCase.make('sgd');
        const guard = new SkipNonFinite();
        const injection = inject(model, {seed: 3});
        try {
          inner.make(0.01).inject(model);
          for (const {make} of entries) injection.use(make());
          injection.use(guard);
        } catch (error) {
          if (!(error instanceof InjectError) || error.code !== 'PLUGIN_CONFLICT') throw error;
          model.dispose();
          return;
        }
        await trainOnBatches(model, modelCase, 0, 4);
        const {weights} = injection;
        let evaluations = 0;
        let isBad = false;
        // Before all others: as if the model itself had given it.
        injection.hooks.evaluated.tap({name: 'bad', stage: Number.MIN_SAFE_INTEGER}, ({loss, gradients}) => {
          if (!isBad || evaluations++ !== evaluation) return undefined;
          const spoilt = (tensor: tf.Tensor, i: number) => (i === 1 ? tf.add(tensor, bad) : tensor);
          return {
            loss,
            gradients: new Map([...gradients].map(([weight, tensor], i) => [weight, spoilt(tensor, i)])),
          };
        });
        const isWindow = entries.some(({batchesPerStep = 1}) => batchesPerStep > 1);
        let before = weightsOf(model);
        isBad = true;
        await warningsOf(async () => {
          for (const batch of [4, 5]) {
            const {iterations} = injection;
            // A window of two begins at batch 4.
            if (!isWindow) before = weightsOf(model);
            await trainOnBatches(model, modelCase, batch, batch + 1);
            if (guard.skipped !== 1) continue;
            skipped++;
            expect(weightsOf(model), label).to.deep.equal(before);
            expect(injection.iterations, label).to.equal(iterations);
            break;
          }
        });
        isBad = false;
        await trainOnBatches(model, modelCase, 6, 10);
        for (const values of weightsOf(model))
          expect([...values].every(Number.isFinite), label).to.equal(true);
        for (const {variable} of weights)
          expect(variable.dataSync().every(Number.isFinite), label).to.equal(true);
        for (const {tensor} of [...injection.optimizerSlots!.entries()]) {
          expect(tensor.dataSync().every(Number.isFinite), label).to.equal(true);
        }
        for (const plugin of injection.plugins) {
          for (const {tensor, name} of [...injection.slotsOf(plugin).entries()])
            expect(tensor.dataSync().every(Number.isFinite), `${label}: ${name}`).to.equal(true);
        }
        injection.eject();
        model.dispose();
      }),
      {numRuns, seed: 22},
    );
    expect(skipped).to.be.above(numRuns / 10);
  });
});
