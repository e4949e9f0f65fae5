import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {inject} from '../../src/index.js';

const rows = 10;
const x = tf.tensor2d([...Array(rows).keys()], [rows, 1]);

/** The rows that each of two epochs of `fit` trained on, in their order; targets must stay beside their inputs. */
async function ordersOf(seed: number | undefined, args: tfl.ModelFitArgs = {}): Promise<number[][]> {
  const seen: number[] = [];
  const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [1]})]});
  const loss = (truth: tf.Tensor, output: tf.Tensor) => {
    seen.push(...truth.dataSync());
    return tf.sub(output, truth);
  };
  model.compile({optimizer: tf.train.sgd(0), loss});
  const [layer] = model.layers as [tfl.layers.Layer];
  const {call} = layer;
  const inputs: number[] = [];
  layer.call = (input, kwargs) => {
    inputs.push(...([input].flat()[0] as tf.Tensor).dataSync());
    return call.call(layer, input, kwargs);
  };
  const injection = inject(model, seed === undefined ? {} : {seed});
  await model.fit(x, x, {epochs: 2, batchSize: 4, verbose: 0, yieldEvery: 'never', ...args});
  expect(inputs).to.deep.equal(seen);
  injection.eject();
  model.dispose();
  return [seen.slice(0, rows), seen.slice(rows)];
}

const inOrder = [...Array(rows).keys()];
const sorted = (list: number[]) => [...list].sort((a, b) => a - b);

describe('the order of the rows of fit', () => {
  it('follows from seed and epoch, has each row once, and is another in another epoch or of another seed', async () => {
    const [first, second] = (await ordersOf(3)) as [number[], number[]];
    for (const epoch of [first, second]) {
      expect(sorted(epoch)).to.deep.equal(inOrder);
      expect(epoch).not.to.deep.equal(inOrder);
    }
    expect(second).not.to.deep.equal(first);
    expect(await ordersOf(3)).to.deep.equal([first, second]);
    expect((await ordersOf(4))[0]).not.to.deep.equal(first);
    // It is the epoch that counts, not how many there were before.
    expect((await ordersOf(3, {initialEpoch: 1}))[0]).to.deep.equal(second);
  });

  it('is their own where fit does not shuffle, and that of tfjs without a seed', async () => {
    expect(await ordersOf(3, {shuffle: false})).to.deep.equal([inOrder, inOrder]);
    const [first] = (await ordersOf(undefined)) as [number[]];
    expect(sorted(first)).to.deep.equal(inOrder);
  });
});
