import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Journal} from '../../src/inject/journal.js';
import {Slots} from '../../src/inject/slots.js';

describe('loaded slots', () => {
  /** A weight whose name has another suffix than the saved one. */
  const loaded = () => {
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const slots = new Slots('SGD');
    slots.load([{name: 'SGD/velocity/kernel_1', shape: [2], values: Float32Array.of(3, 4)}]);
    return {slots, weight: {key: 'kernel_2', variable}};
  };
  const namesOf = (slots: Slots) => tf.tidy(() => [...slots.entries()].map(({name}) => name));

  it('are saved under the name of the weight that has taken them, and no longer under their own', () => {
    const {slots, weight} = loaded();
    expect(namesOf(slots)).to.deep.equal(['SGD/velocity/kernel_1']);
    tf.tidy(() => slots.write('velocity', weight, tf.tensor1d([5, 6])));
    expect(namesOf(slots)).to.deep.equal(['SGD/velocity/kernel_2']);
    slots.dispose();
    weight.variable.dispose();
  });

  it('come back when the step that wrote over them is taken back', () => {
    const {slots, weight} = loaded();
    const {numTensors} = tf.memory();
    slots.journal = new Journal();
    slots.journal.begin();
    tf.tidy(() => slots.write('velocity', weight, tf.tensor1d([5, 6])));
    slots.journal.rollback();
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(namesOf(slots)).to.deep.equal(['SGD/velocity/kernel_1']);
    tf.tidy(() => {
      expect([...slots.read('velocity', weight).dataSync()]).to.deep.equal([3, 4]);
    });
    weight.variable.dispose();
  });
});
