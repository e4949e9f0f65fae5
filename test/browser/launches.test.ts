import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam} from '../../src/index.js';
import {programsOf} from './programs.js';
import {backendName} from './setup.js';

const shapes = Array.from({length: 64}, (_, i) => (i % 2 === 0 ? [40, 60 + (i % 8)] : [60 + (i % 8)]));
/** How many times fewer programs a step must be. */
const fewer = backendName === 'webgl' ? 7 : 4.5;

/** The programs of one step of an optimizer over 64 small tensors, after two others; of gradients that the GPU has computed. */
function stepOf(optimizer: tf.Optimizer, isPacked: boolean): {runs: number; compiled: number} {
  const named: Record<string, tf.Variable> = {};
  for (const shape of shapes) {
    const variable = tf.tidy(() => tf.variable(tf.randomNormal(shape), true));
    named[variable.name] = variable;
  }
  const step = (run: (body: () => void) => void) =>
    tf.tidy(() => {
      const gradients: Record<string, tf.Tensor> = {};
      if (backendName === 'webgl') tf.env().set('WEBGL_PACK_BINARY_OPERATIONS', isPacked);
      for (const [name, variable] of Object.entries(named)) gradients[name] = tf.mul(variable, 0.1);
      if (backendName === 'webgl') tf.env().set('WEBGL_PACK_BINARY_OPERATIONS', true);
      run(() => optimizer.applyGradients(gradients));
    });
  let seen = {runs: 0, compiled: 0};
  for (let i = 0; i < 3; i++) {
    step(body => {
      seen = programsOf(body);
    });
  }
  optimizer.dispose();
  tf.dispose(named);
  return seen;
}

describe(`A step of Adam on ${backendName}`, () => {
  for (const isPacked of backendName === 'webgl' ? [true, false] : [false]) {
    const kind = isPacked ? 'packed gradients' : 'gradients that are not packed';
    it(`runs at most 1/${fewer} of the programs of tfjs's, of ${kind}, three for each weight`, () => {
      const native = stepOf(tf.train.adam(0.01), isPacked);
      const own = stepOf(new Adam({learningRate: 0.01}), isPacked);
      console.log(`${own.runs} programs where tfjs has ${native.runs}`);
      expect(own.runs).to.equal(3 * shapes.length);
      expect(own.runs).to.be.at.most(native.runs / fewer);
    });
  }

  it('compiles nothing again where the learning rate is another in each step', () => {
    const rates = [0.1, 0.01, 0.003];
    const optimizer = new Adam({learningRate: iterations => rates[iterations % 3]!});
    expect(stepOf(optimizer, true).compiled).to.equal(0);
  });
});
