import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type Injection, inject} from '../../src/index.js';
import {stacks} from '../contract/stacks.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {weightsOf} from '../support/models.js';
import {nativeOptimizers} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const steps = 3;
const kernel = (seed: number) => tfl.initializers.glorotUniform({seed});
const rows = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

/**
 * Two outputs, for each of which one hidden layer is applied: in one model, or each in a nested one, for which tfjs lists
 * that layer's weights twice.
 */
const architectures = {flat: () => modelOf(false), nested: () => modelOf(true)};

function modelOf(isNested: boolean): tfl.LayersModel {
  const dense = (name: string, units: number, seed: number) =>
    tfl.layers.dense({name, units, activation: 'tanh', kernelInitializer: kernel(seed)});
  const [hidden, left, right] = [dense('hidden', 4, 1), dense('left', 4, 2), dense('right', 3, 6)];
  const [inner, input] = [tfl.input({shape: [3]}), tfl.input({shape: [3]})];
  const outputs = [left, right].map(output => {
    const applied = (to: tfl.SymbolicTensor) => output.apply(hidden.apply(to)) as tfl.SymbolicTensor;
    if (!isNested) return applied(input);
    return tfl.model({inputs: inner, outputs: applied(inner)}).apply(input) as tfl.SymbolicTensor;
  });
  return tfl.model({inputs: input, outputs});
}

/** Trains, and returns the different weights. */
async function trained(
  architecture: keyof typeof architectures,
  optimizer: tf.Optimizer,
  begin: (model: tfl.LayersModel) => unknown = () => {},
): Promise<Float32Array[]> {
  const model = architectures[architecture]();
  model.compile({optimizer, loss: 'meanSquaredError'});
  const injection = begin(model) as Injection | undefined;
  await step(model, steps);
  injection?.eject();
  const values = new Set(model.weights.map(weight => weight.read()));
  return [...values].map(value => Float32Array.from(value.dataSync()));
}

async function step(model: tfl.LayersModel, times: number): Promise<void> {
  const [x, y] = [rows([6, 3], 3), [rows([6, 4], 4), rows([6, 3], 5)]];
  for (let i = 0; i < times; i++) await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}

describe('a weight that tfjs lists twice, of a layer in two nested models', () => {
  for (const stack of stacks.filter(({name}) => !name.endsWith('tf.train.adam'))) {
    it(`is trained once, as in a model that lists it once, by ${stack.name}`, async () => {
      const [once, twice] = [
        await trained('flat', stack.compileWith(), stack.inject),
        await trained('nested', stack.compileWith(), stack.inject),
      ];
      expect(twice).to.deep.equal(once);
    });
  }

  for (const [name, make] of Object.entries(nativeOptimizers)) {
    it(`is trained as without an injection, which is twice, by ${name} of tfjs`, async () => {
      const native = await trained('nested', make());
      expect(native).not.to.deep.equal(await trained('flat', make()));
      expect(await trained('nested', make(), inject)).to.deep.equal(native);
    });

    it(`goes on from a checkpoint, with both its slots: ${name} of tfjs`, async () => {
      const begin = () => {
        const model = architectures.nested();
        model.compile({optimizer: make(), loss: 'meanSquaredError'});
        return {model, injection: inject(model)};
      };
      const [first, second] = [begin(), begin()];
      await step(first.model, steps);
      const place = memoryPlace();
      await first.injection.save(place);
      await step(second.model, 1);
      await second.injection.restore(place);
      for (const {model} of [first, second]) await step(model, steps);
      expect(weightsOf(second.model)).to.deep.equal(weightsOf(first.model));
    });
  }

  for (const stack of stacks.filter(({name}) => name.endsWith('tf.train.adam'))) {
    it(`is one weight of ${stack.name}`, async () => {
      const model = architectures.nested();
      model.compile({optimizer: stack.compileWith(), loss: 'meanSquaredError'});
      const injection = stack.inject(model);
      await step(model, steps);
      expect(injection.iterations).to.equal(steps);
      expect(new Set(injection.weights.map(({variable}) => variable)).size).to.equal(
        injection.weights.length,
      );
      expect(
        weightsOf(model)
          .flatMap(values => [...values])
          .every(Number.isFinite),
      ).to.equal(true);
    });
  }

  it('is no change of what is trainable', async () => {
    const warnings = await warningsOf(() => trained('nested', tf.train.sgd(0.1), inject));
    expect(warnings).to.deep.equal([]);
  });
});
