import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {epsilonsOf, remade} from '../support/remade.js';
import {stepBy} from '../support/stepBy.js';
import {optimizers} from './registry.js';

const start = [1, 0, -2.5];

// The second is 0 in float32, the third is so once it is multiplied by a correction for bias.
const cases = optimizers.flatMap(entry => [0, 1e-60, 1e-44].map(epsilon => ({entry, epsilon})));

for (const {entry, epsilon} of cases) {
  const epsilons = epsilonsOf(entry, epsilon);
  const choices = [...epsilons.map(name => [name]), ...(epsilons.length > 1 ? [epsilons] : [])];
  for (const chosen of choices) {
    describe(`${entry.name}, with ${epsilon} for ${chosen.join(' and ')},`, () => {
      /** Weights and slots after each of some steps by gradients of zero, for two weights of three all along. */
      async function run(changes: object) {
        const values = Object.fromEntries(chosen.map(name => [name, epsilon]));
        const optimizer = remade(entry, {learningRate: 0.01, ...values, ...changes});
        const weight = tf.variable(tf.tensor1d(start));
        const ends: {weights: number[]; slots: number[]}[] = [];
        for (const gradient of [0, 0, 0, 1, 1, 0]) {
          tf.tidy(() => stepBy(tf.tensor1d([0, gradient, 0]), optimizer, weight));
          const state = await optimizer.getWeights();
          ends.push({
            weights: [...weight.dataSync()],
            slots: state.flatMap(({tensor}) => [...tensor.dataSync()]),
          });
        }
        for (const each of [optimizer, weight]) each.dispose();
        return ends;
      }

      it('has no NaN', async () => {
        for (const {weights, slots} of await run({}))
          expect([...weights, ...slots].every(Number.isFinite)).to.equal(true);
      });

      it('leaves a weight without gradients where it was, but for decay', async () => {
        for (const {weights} of await run({weightDecay: 0}))
          expect([weights[0], weights[2]]).to.deep.equal([1, -2.5]);
      });
    });
  }
}
