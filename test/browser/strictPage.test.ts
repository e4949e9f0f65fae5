import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam, EMA, inject, Lookahead, schedules} from '../../src/index.js';
import {lossesOnOnes} from '../support/onesByHand.js';
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
        const unit = tfl.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'});
        const model = tfl.sequential({layers: [unit]});
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
          for (const [i, expected] of lossesOnOnes(5, {k: 2}).entries())
            expect(history.loss![i], `epoch ${i + 1}`).to.be.closeTo(expected, 1e-5);
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
