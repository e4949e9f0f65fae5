import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, RungeKutta} from '../../src/index.js';
import {withSeed} from '../support/models.js';
import {
  distinct,
  inSteps,
  type Output,
  spiedBatch,
  spiedModel,
  spiedShape,
  trainSpied,
} from '../support/spy.js';

/** Draws without tfjs: straight from Math.random. */
class Jitter extends tfl.layers.Layer {
  static readonly className = 'Jitter';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0]!, Math.random() + Math.random());
  }
}

/** Within a model tfjs 4.22 gives this layer a list, at which it throws; its own counter of seeds is what matters here. */
function randomWidth(): tfl.layers.Layer {
  const layer = tfl.layers.randomWidth({factor: 0.9, seed: 4, inputShape: [1, 10, 1]} as never);
  const call = layer.call.bind(layer) as (input: tf.Tensor, kwargs: object) => tf.Tensor;
  layer.call = (inputs, kwargs) => call([inputs].flat()[0]!, kwargs);
  return layer;
}

const recurrent = {
  units: 3,
  dropout: 0.4,
  recurrentDropout: 0.4,
  recurrentInitializer: 'glorotUniform',
} as const;
const inputShape = spiedShape;

/** Every kind of layer that draws, with no trained weight before it: only its draws can change its output. */
const drawing: Readonly<Record<string, () => tfl.layers.Layer>> = {
  dropout: () => tfl.layers.dropout({rate: 0.4, inputShape}),
  spatialDropout1d: () => tfl.layers.spatialDropout1d({rate: 0.4, inputShape}),
  alphaDropout: () => tfl.layers.alphaDropout({rate: 0.4, inputShape} as never),
  gaussianNoise: () => tfl.layers.gaussianNoise({stddev: 0.4, inputShape}),
  gaussianDropout: () => tfl.layers.gaussianDropout({rate: 0.4, inputShape}),
  'a GRU with both dropouts': () => tfl.layers.gru({...recurrent, trainable: false, inputShape}),
  'an LSTM with both dropouts': () => tfl.layers.lstm({...recurrent, trainable: false, inputShape}),
  'a simple RNN with both dropouts': () => tfl.layers.simpleRNN({...recurrent, trainable: false, inputShape}),
  'dropout in a wrapper': () =>
    tfl.layers.timeDistributed({layer: tfl.layers.dropout({rate: 0.4}), inputShape}),
  'dropout in a nested model': () =>
    tfl.sequential({layers: [tfl.layers.dropout({rate: 0.4, inputShape})]}) as unknown as tfl.layers.Layer,
  'a layer that asks Math.random': () => new Jitter({inputShape}),
  'randomWidth with a seed': randomWidth,
};

describe('random layers', () => {
  for (const [name, makeLayer] of Object.entries(drawing)) {
    it(`draw the same in all phases of a step and anew in the next: ${name}`, async () => {
      for (const optimizer of [new Heun(), new RungeKutta({tableau: 'rk4'})]) {
        const {model, spy} = spiedModel(makeLayer());
        optimizer.inject(model);
        // Some masks are a few bits: with free draws two steps would be alike now and then.
        await withSeed(1, () => trainSpied(model, 3));
        const phases = optimizer instanceof Heun ? 2 : 4;
        const steps = inSteps(spy.seen, phases);
        expect(steps.length).to.equal(3);
        for (const [first, ...later] of steps) {
          for (const output of later) expect(output).to.deep.equal(first);
        }
        expect(distinct(steps.map(step => step[0]!)), 'each step draws anew').to.equal(3);
        model.dispose();
      }
    });
  }

  it('give Heun the step that its formula gives on the masked batch', async () => {
    const {x, y} = spiedBatch();
    const dropout = tfl.layers.dropout({rate: 0.5, inputShape});
    const {model, spy} = spiedModel(dropout);
    const rate = 0.3;
    new Heun({learningRate: rate}).inject(model);
    const [kernel, bias] = model.getWeights().map(weight => weight.dataSync()[0]!) as [number, number];
    await model.trainOnBatch(x, y);
    const inputs = rowsOf(spy.seen[0]!).map(mean);
    const targets = [...y.dataSync()];
    const gradientAt = (w: number, b: number) => {
      const errors = inputs.map((input, i) => w * input + b - targets[i]!);
      return [2 * mean(errors.map((error, i) => error * inputs[i]!)), 2 * mean(errors)] as const;
    };
    const [w1, b1] = gradientAt(kernel, bias);
    const [w2, b2] = gradientAt(kernel - rate * w1, bias - rate * b1);
    const [newKernel, newBias] = model.getWeights().map(weight => weight.dataSync()[0]!);
    expect(newKernel).to.be.closeTo(kernel - (rate * (w1 + w2)) / 2, 1e-6);
    expect(newBias).to.be.closeTo(bias - (rate * (b1 + b2)) / 2, 1e-6);
    tf.dispose([x, y]);
    model.dispose();
  });
});

function rowsOf(output: Output): number[][] {
  return Array.from({length: 4}, (_, i) =>
    output.slice((i * output.length) / 4, ((i + 1) * output.length) / 4),
  );
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
