import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {isElementwise} from '../support/isElementwise.js';
import {stepBy} from '../support/stepBy.js';
import {optimizers} from './registry.js';

const start = [1, 0, -2.5];

const losses: Record<string, (output: tf.Tensor) => tf.Scalar> = {
  'a mean of squares': output => tf.mean(tf.square(output)),
  'tf.losses.meanSquaredError': output => tf.losses.meanSquaredError(tf.zeros([0, 1]), output),
  'a stack of the rows, which throws': output => tf.mean(tf.stack(tf.unstack(output))),
};

/** The loss that `minimize` returns over no rows, or the message of what it throws. */
function minimizeNothing(
  optimizer: tf.Optimizer,
  lossOf: (output: tf.Tensor) => tf.Scalar,
  weight: tf.Variable,
) {
  const loss = () => lossOf(tf.matMul(tf.zeros([0, start.length]), tf.expandDims(weight, 1)));
  try {
    return tf.tidy(() => optimizer.minimize(loss, true, [weight])!.dataSync()[0]!);
  } catch (error) {
    return (error as Error).message;
  }
}

async function stateOf(optimizer: tf.Optimizer, weight: tf.Variable) {
  const slots = await optimizer.getWeights();
  return [weight.dataSync(), ...slots.map(({name, tensor}) => [name, tensor.dataSync()])];
}

for (const {name, make} of optimizers) {
  describe(`A loss over no rows, minimized by ${name},`, () => {
    for (const [what, loss] of Object.entries(losses)) {
      it(`does what it does in tfjs, a step by gradients of zero or a throw that changes nothing: ${what}`, async () => {
        const weight = () => tf.variable(tf.tensor1d(start));
        const [native, ours, byZeros] = [
          {optimizer: tf.train.sgd(0.01), weight: weight()},
          {optimizer: make(0.01), weight: weight()},
          {optimizer: make(0.01), weight: weight()},
        ];
        for (const gradient of [1, -0.5])
          for (const each of [ours, byZeros])
            tf.tidy(() => stepBy(tf.fill([start.length], gradient), each.optimizer, each.weight));
        const before = await stateOf(ours.optimizer, ours.weight);
        const expected = minimizeNothing(native.optimizer, loss, native.weight);
        const {numTensors} = tf.memory();

        expect(minimizeNothing(ours.optimizer, loss, ours.weight)).to.deep.equal(expected);
        expect([...native.weight.dataSync()]).to.deep.equal(start);
        const after = await stateOf(ours.optimizer, ours.weight);
        if (typeof expected === 'string') {
          expect(tf.memory().numTensors).to.equal(numTensors);
          expect(after).to.deep.equal(before);
        } else if (isElementwise(ours.optimizer)) {
          tf.tidy(() => stepBy(tf.zeros([start.length]), byZeros.optimizer, byZeros.weight));
          expect(after[0]).to.deep.equal(byZeros.weight.dataSync());
        } else expect([...ours.weight.dataSync()].every(Number.isFinite)).to.equal(true);
        expect(ours.optimizer.iterations).to.equal(typeof expected === 'string' ? 2 : 3);
        for (const each of [native, ours, byZeros]) {
          each.optimizer.dispose();
          each.weight.dispose();
        }
      });
    }
  });
}
