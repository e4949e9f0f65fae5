import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam, EMA, inject, Lookahead, schedules} from '../../src/index.js';
import {warningsOf} from '../support/warnings.js';
import {backendName, onBackend} from './setup.js';

describe(`A page that evaluates no text and compiles no WebAssembly, on ${backendName}`, () => {
  it('is what the tests run in', () => {
    expect(() => new Function('return 1')).to.throw(EvalError);
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(() => new WebAssembly.Module(empty)).to.throw(WebAssembly.CompileError);
  });

  for (const backend of [backendName, 'cpu']) {
    it(`trains with plugins, schedules and asynchronous taps, on ${backend}`, async () => {
      await onBackend(backend, async () => {
        const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [2]})]});
        model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
        new Adam({learningRate: schedules.constant({value: 0.1})}).inject(model);
        const injection = inject(model)
          .use(new EMA({decay: 0.5}))
          .use(new Lookahead({k: 2}));
        let epochs = 0;
        injection.hooks.boundary.tapPromise('count', async ({kind}) => {
          await Promise.resolve();
          if (kind === 'epoch') epochs++;
        });
        const [x, y] = [tf.ones([4, 2]), tf.ones([4, 1])];
        const warnings = await warningsOf(async () => {
          const {history} = await model.fit(x, y, {epochs: 5, verbose: 0});
          expect(history.loss!.at(-1)).to.be.below(history.loss![0] as number);
        });
        expect(epochs).to.equal(5);
        expect(injection.iterations).to.equal(5);
        // One warning in the life of a page, and on GPUs none.
        expect(warnings.filter(text => text.includes('WebAssembly')).length).to.be.at.most(1);
        // Not by eject, which reads slots at once: WebGPU in software loses its device by that.
        model.optimizer.dispose();
        model.dispose();
        tf.dispose([x, y]);
      });
    });
  }
});
