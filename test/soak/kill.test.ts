import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {seededSource} from '../../src/inject/randomness.js';
import {killed, stacks, undisturbed} from './kill.js';

/** A sample; `npm run soak` kills a hundred times on each backend. */
describe('A training that is killed', () => {
  const backend = tf.getBackend();
  for (const [i, stack] of stacks.entries()) {
    it(`comes to the same bits as one that is not, after two kills: ${stack}`, async () => {
      const wanted = await undisturbed(backend, stack);
      const {end, kills} = await killed(backend, stack, 2, seededSource(17, i));
      expect(kills).to.be.at.least(1);
      expect(end).to.equal(wanted);
    });
  }
});
