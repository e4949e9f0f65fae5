import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases} from '../support/models.js';
import {stacks} from './stacks.js';

const count = () => tf.memory().numTensors;
const [dense, , twoOutputs] = modelCases as [ModelCase, ModelCase, ModelCase];

for (const stack of stacks) {
  describe(`The count of tensors, with ${stack.name},`, () => {
    for (const modelCase of modelCases.filter(({name}) => !name.includes('stateful'))) {
      it(`grows by the slots, stays through training, and is what it was after eject: ${modelCase.name}`, async () => {
        const {x, y} = modelCase.data();
        const model = modelCase.make(stack.compileWith());
        const epoch = () => model.fit(x, y, {epochs: 1, batchSize: modelCase.batchSize, verbose: 0});
        await trainOnBatches(model, modelCase, 0, 1); // A compiled optimizer makes its slots now.
        const before = count();
        const injection = stack.inject(model);
        await trainOnBatches(model, modelCase, 0, 3);
        const trained = count();
        expect(trained - before).to.equal(stack.slots * injection.weights.length);
        await epoch();
        // After fit, plugins may hold the training weights while they show those for evaluation.
        const fitted = count();
        await epoch();
        expect(count()).to.equal(fitted);
        await trainOnBatches(model, modelCase, 0, 3);
        expect(count()).to.equal(trained);
        await epoch();
        injection.eject();
        expect(count()).to.equal(before);
        model.dispose();
        tf.dispose([x, y]);
      });
    }

    for (const hook of ['beforeStep', 'evaluated', 'gradients', 'afterPhase', 'afterStep'] as const) {
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

describe('An optimizer that is disposed of', () => {
  it('gives back the tensors of its slots', async () => {
    const before = count();
    const model = dense.make('sgd');
    for (const stack of stacks.slice(0, 2)) {
      const injection = stack.inject(model);
      await trainOnBatches(model, dense, 0, 2);
      injection.eject();
    }
    model.dispose();
    expect(count()).to.equal(before);
  });
});
