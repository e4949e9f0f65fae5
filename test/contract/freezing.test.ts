import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {type InjectOptimizer, Lookahead} from '../../src/index.js';
import {type ModelCase, modelCases} from '../support/models.js';
import {optimizers, slotCount} from './registry.js';
import {stacks} from './stacks.js';

const [dense] = modelCases as [ModelCase];

async function trainEpoch(model: LayersModel): Promise<void> {
  const {x, y} = dense.data();
  await model.fit(x, y, {epochs: 1, batchSize: dense.batchSize, shuffle: false, verbose: 0});
  tf.dispose([x, y]);
}

/** By layer: a model's own list changes its order when a layer is frozen. */
function weightsOf(model: LayersModel): Float32Array[] {
  return model.layers.flatMap(layer =>
    layer.getWeights().map(weight => Float32Array.from(weight.dataSync())),
  );
}

/** Runs `body` without the two warnings that freezing after compile is meant to give. */
async function expectWarning(body: () => Promise<void>): Promise<void> {
  const native = console.warn;
  const warnings: string[] = [];
  console.warn = (text: string) => warnings.push(text);
  try {
    await body();
  } finally {
    console.warn = native;
  }
  expect(warnings.join()).to.match(/trainable/i);
}

for (const stack of stacks) {
  describe(`A layer frozen between two fits, with ${stack.name},`, () => {
    it('stays as it is to the bit while the others move, and moves again when it is unfrozen', async () => {
      const model = dense.make(stack.compileWith());
      stack.inject(model);
      await trainEpoch(model);
      const first = weightsOf(model);
      model.layers[0]!.trainable = false;
      await expectWarning(() => trainEpoch(model));
      const second = weightsOf(model);
      expect(second.slice(0, 2)).to.deep.equal(first.slice(0, 2));
      expect(second[2]).not.to.deep.equal(first[2]);
      model.layers[0]!.trainable = true;
      await trainEpoch(model);
      const third = weightsOf(model);
      for (const i of [0, 1, 2, 3]) expect(third[i], `weight ${i}`).not.to.deep.equal(second[i]);
      model.dispose();
    });
  });
}

for (const entry of optimizers.filter(({remembers}) => remembers)) {
  const {name, make} = entry;
  describe(`The slots of ${name}`, () => {
    it('stay with their own weights when a layer before them is frozen', async () => {
      const model = dense.make('sgd');
      const optimizer: InjectOptimizer = make(0.05);
      const {weights: all} = optimizer.inject(model);
      const read = async () =>
        Object.fromEntries(
          (await optimizer.getWeights()).map(({name: slot, tensor}) => [
            slot,
            Float32Array.from(tensor.dataSync()),
          ]),
        );
      await trainEpoch(model);
      const before = await read();
      model.layers[0]!.trainable = false;
      await expectWarning(() => trainEpoch(model));
      const after = await read();
      const slots = Object.keys(before).filter(slot => slot !== 'iter');
      expect(slots.length).to.be.at.least(4);
      expect(Object.keys(after)).to.deep.equal(Object.keys(before));
      const isFrozen = (slot: string) => slot.includes(`/${model.layers[0]!.name}/`);
      const frozen = all.filter(({key}) => isFrozen(`/${key}`));
      expect(frozen).to.have.length(all.length / 2);
      expect(slots.filter(isFrozen)).to.have.length(slotCount(entry, frozen));
      slots.filter(isFrozen).forEach(slot => {
        expect(after[slot], slot).to.deep.equal(before[slot]);
      });
      // AMSGrad's maximum may stay: of each weight some slot moves, if not every slot.
      const hasMoved = (slot: string) => after[slot]!.some((value, i) => value !== before[slot]![i]);
      const weights = (names: string[]) => new Set(names.map(slot => slot.split('/').slice(2).join('/')));
      const unfrozen = slots.filter(slot => !isFrozen(slot));
      expect(weights(unfrozen.filter(hasMoved))).to.deep.equal(weights(unfrozen));
      model.dispose();
    });
  });
}

describe('The slow weights of a frozen layer', () => {
  it('do not pull it back when it was written while it was frozen', async () => {
    const model = dense.make('sgd');
    new Lookahead({k: 2, alpha: 0}).inject(model);
    await trainEpoch(model);
    const [kernel] = model.layers[0]!.getWeights();
    const written = tf.tidy(() => tf.fill(kernel!.shape, 0.25));
    model.layers[0]!.trainable = false;
    model.layers[0]!.setWeights([written, model.layers[0]!.getWeights()[1]!]);
    await expectWarning(() => trainEpoch(model));
    expect(new Set(weightsOf(model)[0])).to.deep.equal(new Set([0.25]));
    written.dispose();
    model.dispose();
  });
});
