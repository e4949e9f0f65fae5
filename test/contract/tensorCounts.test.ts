import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases} from '../support/models.js';
import {optimizers, slotCount} from './registry.js';
import {meets, stacks} from './stacks.js';

const count = () => tf.memory().numTensors;
const hooks = ['beforeStep', 'evaluated', 'gradients', 'afterPhase', 'afterStep'] as const;
const models = modelCases.filter(({name}) => !name.includes('stateful'));
const [, , twoOutputs] = modelCases as [ModelCase, ModelCase, ModelCase];

for (const [place, stack] of stacks.entries()) {
  describe(`The count of tensors, with ${stack.name},`, () => {
    for (const modelCase of models.filter((_, kind) => meets(place, kind))) {
      it(`grows by the slots, stays through training, and is what it was after eject: ${modelCase.name}`, async () => {
        const {x, y} = modelCase.data();
        const model = modelCase.make(stack.compileWith());
        const epoch = () => model.fit(x, y, {epochs: 1, batchSize: modelCase.batchSize, verbose: 0});
        await trainOnBatches(model, modelCase, 0, 1); // A compiled optimizer makes its slots now.
        const before = count();
        const injection = stack.inject(model);
        await trainOnBatches(model, modelCase, 0, 3);
        const trained = count();
        expect(trained - before).to.equal(stack.slotsFor(injection.weights));
        for (let i = 0; i < 2; i++) await epoch();
        // After fit, a plugin may hold the training weights while it shows those for evaluation: until the next batch.
        await trainOnBatches(model, modelCase, 0, 3);
        expect(count()).to.equal(trained);
        await epoch();
        injection.eject();
        expect(count()).to.equal(before);
        model.dispose();
        tf.dispose([x, y]);
      });
    }

    for (const hook of hooks.filter((_, kind) => meets(place, kind))) {
      it(`is what it was after an exception of a plugin in ${hook}`, async () => {
        const model = twoOutputs.make(stack.compileWith());
        const injection = stack.inject(model);
        await trainOnBatches(model, twoOutputs, 0, 6);
        let isBroken = false;
        (injection.hooks[hook] as unknown as {tap(name: string, fn: () => void): void}).tap('Breaks', () => {
          if (isBroken) throw new Error('a plugin of the user broke');
        });
        await trainOnBatches(model, twoOutputs, 0, 1);
        const before = count();
        isBroken = true;
        const message = await trainOnBatches(model, twoOutputs, 1, 2).then(
          () => 'nothing was thrown',
          (error: Error) => error.message,
        );
        expect(message).to.equal('a plugin of the user broke');
        expect(count()).to.equal(before);
        model.dispose();
      });
    }
  });
}

for (const entry of optimizers) {
  const {name, make} = entry;
  describe(`${name} in a hand-written loop`, () => {
    it('holds its slots and nothing more, and gives them back when it is disposed of', () => {
      const weights = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(3))];
      const loss = () => tf.tidy(() => tf.add(tf.sum(tf.square(weights[0]!)), weights[1]!) as tf.Scalar);
      const optimizer = make(0.1);
      const before = count();
      const slots = slotCount(
        entry,
        weights.map(variable => ({key: variable.name, variable})),
      );
      for (let step = 0; step < 3; step++) {
        optimizer.minimize(loss, false, weights);
        expect(count() - before).to.equal(slots);
      }
      optimizer.minimize(loss, true, weights)!.dispose();
      expect(count() - before).to.equal(slots);
      optimizer.dispose();
      expect(count()).to.equal(before);
      tf.dispose(weights);
    });
  });
}
