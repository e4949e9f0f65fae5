/** A training in a tab of its own, which may be closed at any moment; it tells what it does by a channel. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import * as tfl from '@tensorflow/tfjs-layers';
import {Adam, Checkpoint, EMA, inject, Lookahead} from '../../src/index.js';

const query = new URL(location.href).searchParams;
const channel = new BroadcastChannel('trainee');
await tf.setBackend(query.get('backend')!);
await tf.ready();

const dense = (name: string, units: number, seed: number, more: object = {}) =>
  tfl.layers.dense({name, units, kernelInitializer: tfl.initializers.glorotUniform({seed}), ...more});
const model = tfl.sequential({
  name: 'trainee',
  layers: [
    dense('a', 8, 1, {inputShape: [4], activation: 'tanh'}),
    tfl.layers.batchNormalization({name: 'norm'}),
    tfl.layers.dropout({name: 'drop', rate: 0.4}),
    dense('b', 2, 2),
  ],
});
model.compile({optimizer: new Adam({learningRate: 0.02}), loss: 'meanSquaredError'});
const injection = inject(model, {seed: 5})
  .use(new Lookahead({k: 4}))
  .use(new EMA({decay: 0.8}));
const save = injection.save.bind(injection);
injection.save = async place => {
  channel.postMessage('save');
  const result = await save(place);
  channel.postMessage('saved');
  return result;
};
injection.use(new Checkpoint({url: query.get('url')!, everySteps: 1, keep: 2}));
const x = tf.randomNormal([24, 4], 0, 1, 'float32', 3);
const y = tf.randomNormal([24, 2], 0, 1, 'float32', 4);
try {
  await model.fit(x, y, {batchSize: 4, epochs: 3, verbose: 0});
  const values = await Promise.all(injection.allWeights.map(({variable}) => variable.data()));
  channel.postMessage(`done ${injection.iterations} ${values.map(each => each.join()).join(';')}`);
} catch (error) {
  channel.postMessage(`failed ${(error as Error).stack}`);
}
