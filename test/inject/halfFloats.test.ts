import {MathBackendCPU} from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject, verify} from '../../src/index.js';
import {warningsOf} from '../support/warnings.js';

class HalfFloats extends MathBackendCPU {
  override floatPrecision(): 16 {
    return 16;
  }
}

/** Runs `body` on a backend that says so. */
async function onHalfFloats(body: (name: string) => Promise<void>): Promise<void> {
  const [name, former] = ['halfFloats', tf.getBackend()];
  tf.registerBackend(name, () => new HalfFloats());
  tf.copyRegisteredKernels('cpu', name);
  await tf.setBackend(name);
  try {
    await body(name);
  } finally {
    await tf.setBackend(former);
    tf.removeBackend(name);
  }
}

describe('a device with 16-bit floats only', () => {
  it('gets one warning, and no verdict of verify', () =>
    onHalfFloats(async name => {
      const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [2]})]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const [x, y] = [tf.ones([4, 2]), tf.ones([4, 1])];
      const weights = () => model.getWeights().map(weight => [...weight.dataSync()]);
      const before = weights();
      const error = await verify(model, x, y).then(
        () => expect.fail('it gave a report'),
        (thrown: Error) => thrown,
      );
      expect(error.message).to.include('INVALID_OPTION: verify needs a backend with floats of 32 bits');
      expect(weights()).to.deep.equal(before);

      inject(model);
      const warnings = await warningsOf(async () => {
        for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
      });
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include(`the backend ${name} computes with 16-bit floats`);
      model.dispose();
      tf.dispose([x, y]);
    }));
});
