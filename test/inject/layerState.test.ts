import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, RungeKutta} from '../../src/index.js';
import {withSeed} from '../support/models.js';
import {distinct, inSteps, spiedModel, spiedShape, trainSpied} from '../support/spy.js';

/** Multiplies by the number of its calls, which it keeps as a weight that is not trained. */
class Counter extends tfl.layers.Layer {
  static readonly className = 'Counter';
  private count!: tfl.LayerVariable;

  override build(): void {
    const start = tfl.initializers.zeros();
    this.count = this.addWeight('count', [], 'float32', start, undefined, false);
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      this.count.write(tf.add(this.count.read(), 1));
      return tf.mul([inputs].flat()[0]!, this.count.read());
    });
  }
}

const batchInputShape = [4, ...spiedShape];
const recurrent = {
  units: 3,
  stateful: true,
  trainable: false,
  recurrentInitializer: 'glorotUniform',
  batchInputShape,
} as const;
const asLayer = (model: tfl.Sequential) => model as unknown as tfl.layers.Layer;

/** Layers with state that each evaluation moves, and no trained weight: only the state can change their output. */
const stateful: Readonly<Record<string, () => tfl.layers.Layer>> = {
  'a stateful GRU': () => tfl.layers.gru(recurrent),
  'a stateful LSTM': () => tfl.layers.lstm(recurrent),
  'a stateful simple RNN': () => tfl.layers.simpleRNN(recurrent),
  'a stateful GRU in a nested model': () => asLayer(tfl.sequential({layers: [tfl.layers.gru(recurrent)]})),
  'a GRU in both directions, stateful': () => {
    const {batchInputShape, ...args} = recurrent;
    const layer = tfl.layers.gru({...args, returnSequences: true}) as tfl.RNN;
    return tfl.layers.bidirectional({layer, mergeMode: 'concat', trainable: false, batchInputShape});
  },
  'a layer that keeps a count': () => new Counter({inputShape: spiedShape}),
  'a layer that keeps a count, in a nested model': () =>
    asLayer(tfl.sequential({layers: [new Counter({inputShape: spiedShape})]})),
};

describe('layers with state', () => {
  for (const [name, makeLayer] of Object.entries(stateful)) {
    it(`begin all phases of a step in one state, and move on with the step: ${name}`, async () => {
      for (const optimizer of [new Heun(), new RungeKutta({tableau: 'rk4'})]) {
        // Fixed first weights: those of a free draw may saturate.
        const {model, spy} = await withSeed(1, () => spiedModel(makeLayer()));
        optimizer.inject(model);
        await trainSpied(model, 3);
        const steps = inSteps(spy.seen, optimizer instanceof Heun ? 2 : 4);
        for (const [first, ...later] of steps) {
          for (const output of later) expect(output).to.deep.equal(first);
        }
        expect(distinct(steps.map(step => step[0]!))).to.equal(3);
        model.dispose();
      }
    });

    it(`move as they do with sgd, and leave as many tensors: ${name}`, async () => {
      const seenWith = async (prepare: (model: tfl.LayersModel) => {eject(): void}) => {
        const {model, spy} = spiedModel(makeLayer());
        model.weights.forEach((weight, i) => {
          const fixed = tf.randomNormal(weight.shape as number[], 0, 0.5, 'float32', i + 1);
          if (weight.originalName.endsWith('kernel')) weight.write(fixed);
          fixed.dispose();
        });
        const {numTensors} = tf.memory();
        const injection = prepare(model);
        await trainSpied(model, 3);
        injection.eject();
        const grown = tf.memory().numTensors - numTensors;
        model.dispose();
        return {seen: spy.seen, grown};
      };
      const native = await seenWith(() => ({eject() {}}));
      const injected = await seenWith(model => new Heun().inject(model));
      expect(inSteps(injected.seen, 2).map(step => step[0])).to.deep.equal(native.seen);
      expect(injected.grown).to.equal(native.grown);
    });
  }
});
