import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import fc from 'fast-check';
import {InjectError, type InjectPlugin, inject} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {nativeOptimizers} from '../support/training.js';
import {type PluginEntry, plugins} from './pluginRegistry.js';
import {optimizers} from './registry.js';

const modelCase = modelCases.find(({name}) => /BatchNorm and dropout/.test(name))!;

/** Puts an optimizer around a compiled model. */
interface Inner {
  readonly name: string;
  compileWith(): string | tf.Optimizer;
  seat(model: LayersModel): void;
}

const inners: readonly Inner[] = [
  ...optimizers
    .filter(({isVariant}) => !isVariant)
    .map(({name, make}) => ({
      name,
      compileWith: () => 'sgd',
      seat: (model: LayersModel) => void make(0.01).inject(model),
    })),
  // Of tfjs, centered RMSProp gives NaN where a gradient is 0, and Adadelta begins with a whole gradient times its rate.
  ...Object.entries({
    ...nativeOptimizers,
    rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5),
    adadelta: () => tf.train.adadelta(0.01),
  }).map(([name, compileWith]) => ({
    name: `tf.train.${name}`,
    compileWith,
    seat: () => {},
  })),
];

/** One to five different plugins around a random optimizer, in a random order. */
const stackArbitrary = fc.record({
  inner: fc.constantFrom(...inners),
  entries: fc.shuffledSubarray([...plugins], {minLength: 1, maxLength: 5}),
  seed: fc.nat(1000),
});

/** Every batch of an even number of them ends a window of two. */
const batches = 4;

async function inStack<T>(
  {inner, seed}: {inner: Inner; seed: number},
  use: readonly InjectPlugin[],
  body: (model: LayersModel) => Promise<T>,
): Promise<T | undefined> {
  const model = modelCase.make(inner.compileWith());
  try {
    const injection = inject(model, {seed});
    inner.seat(model);
    for (const plugin of use) {
      try {
        injection.use(plugin);
      } catch (error) {
        if (error instanceof InjectError && error.code === 'PLUGIN_CONFLICT') return undefined;
        throw error;
      }
    }
    return await body(model);
  } finally {
    model.dispose();
  }
}

const train = (model: LayersModel, from: number) => trainOnBatches(model, modelCase, from, from + batches);
const shown = (name: string, entries: readonly PluginEntry[]) =>
  `${entries.map(entry => entry.name).join(', ')} around ${name}`;

describe('Random stacks of plugins', () => {
  // The cpu backend takes them all; on others it is the same code above the kernels.
  const numRuns = tf.getBackend() === 'cpu' ? 500 : 100;
  let [tried, taken] = [0, 0];

  it(`go on after a snapshot as they went, leak nothing, and give everything back: ${numRuns} of them`, async () => {
    await fc.assert(
      fc.asyncProperty(stackArbitrary, async ({inner, entries, seed}) => {
        const label = shown(inner.name, entries);
        tried++;
        const before = tf.memory().numTensors;
        const isTaken = await inStack(
          {inner, seed},
          entries.map(({make}) => make()),
          async model => {
            const injection = inject(model);
            await train(model, 0);
            const {numTensors} = tf.memory();
            const snapshot = injection.snapshot();
            await train(model, batches);
            const end = weightsOf(model);
            snapshot.restore();
            await train(model, batches);
            expect(weightsOf(model), label).to.deep.equal(end);
            expect(tf.memory().numTensors, label).to.equal(numTensors);

            injection.eject();
            const left = weightsOf(model);
            await train(model, 0);
            expect(weightsOf(model), label).to.not.deep.equal(left);
            return true;
          },
        );
        if (isTaken) taken++;
        // Of a compiled optimizer of tfjs, its slots outlive the model.
        if (!inner.name.startsWith('tf.train')) expect(tf.memory().numTensors, label).to.equal(before);
      }),
      {numRuns, seed: 20},
    );
    // Refusals must not be the rule.
    expect(taken / tried).to.be.above(0.3);
  });

  it(`change no bit in their neutral settings: ${numRuns} of them`, async () => {
    const alone = new Map<string, Float32Array[]>();
    await fc.assert(
      fc.asyncProperty(stackArbitrary, async ({inner, entries}) => {
        const run = (use: readonly InjectPlugin[]) =>
          inStack({inner, seed: 7}, use, async model => {
            await train(model, 0);
            inject(model).eject();
            return weightsOf(model);
          });
        const neutral = entries.flatMap(entry => (entry.neutral ? [entry.neutral()] : []));
        const end = await run(neutral);
        if (!alone.has(inner.name)) alone.set(inner.name, (await run([]))!);
        if (end) expect(end, shown(inner.name, entries)).to.deep.equal(alone.get(inner.name));
      }),
      {numRuns, seed: 21},
    );
  });
});
