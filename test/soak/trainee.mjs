/**
 * A training that may be killed at any moment, and goes on where it was when it is started again.
 *
 *   node test/soak/trainee.mjs BACKEND STACK FOLDER
 *
 * Says `begin`, `batch`, `save` and `saved` as they come, and at its end `done` and the bits of all weights.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  AccumulateGradients,
  Adam,
  Checkpoint,
  ClipByGlobalNorm,
  EMA,
  Heun,
  inject,
  Lookahead,
  Muon,
  Ranger,
  SAM,
  SGD,
  schedules,
} from 'tfjs-inject';
import {useBackend} from './useBackend.mjs';

const [backend, stack, folder] = process.argv.slice(2);
await useBackend(backend);

const dense = (name, units, seed, more = {}) =>
  tfl.layers.dense({name, units, kernelInitializer: tfl.initializers.glorotUniform({seed}), ...more});
const plain = () => [dense('a', 8, 1, {inputShape: [4], activation: 'tanh'}), dense('b', 2, 2)];
const noisy = () => [
  dense('a', 8, 1, {inputShape: [4], activation: 'tanh'}),
  tfl.layers.batchNormalization({name: 'norm'}),
  tfl.layers.dropout({name: 'drop', rate: 0.4}),
  dense('b', 2, 2),
];
const rate = schedules.cosine({initialValue: 0.1, decaySteps: 24});
const stacks = {
  Ranger: {layers: plain, optimizer: () => new Ranger({learningRate: 0.02, k: 3}), plugins: () => []},
  averaged: {
    layers: noisy,
    optimizer: () => new Adam({learningRate: 0.02}),
    plugins: () => [new Lookahead({k: 4}), new EMA({decay: 0.8}), new ClipByGlobalNorm({clipNorm: 0.5})],
  },
  Heun: {layers: noisy, optimizer: () => new Heun({learningRate: 0.05}), plugins: () => []},
  accumulating: {
    layers: noisy,
    optimizer: () => new Adam({learningRate: 0.02}),
    plugins: () => [new AccumulateGradients({steps: 4})],
  },
  SAM: {
    layers: plain,
    optimizer: () => new SGD({learningRate: rate, momentum: 0.9}),
    plugins: () => [new SAM({rho: 0.05})],
  },
  Muon: {
    layers: () => [
      dense('a', 8, 1, {inputShape: [4], activation: 'tanh'}),
      dense('hidden', 8, 3, {activation: 'tanh'}),
      dense('b', 2, 2),
    ],
    optimizer: () => new Muon({learningRate: 0.02}),
    plugins: () => [],
  },
};

const say = line => process.stdout.write(`${line}\n`);
const {layers, optimizer, plugins} = stacks[stack];
const model = tfl.sequential({name: 'trainee', layers: layers()});
model.compile({optimizer: optimizer(), loss: 'meanSquaredError'});
const injection = inject(model, {seed: 5});
for (const plugin of plugins()) injection.use(plugin);
const save = injection.save.bind(injection);
injection.save = async place => {
  say('save');
  const result = await save(place);
  say('saved');
  return result;
};
// Every batch, so that it is killed within windows, too.
const checkpoint = new Checkpoint({url: `file://${folder}`, keep: 2});
injection.use(checkpoint);
injection.hooks.boundary.tapPromise({name: 'each batch', stage: 100}, async ({kind}) => {
  say(kind);
  if (kind === 'batch') await checkpoint.save();
});

const x = tf.randomNormal([24, 4], 0, 1, 'float32', 3);
const y = tf.randomNormal([24, 2], 0, 1, 'float32', 4);
await model.fit(x, y, {batchSize: 4, epochs: 2, verbose: 0});
await model.fit(x, y, {batchSize: 4, epochs: 2, verbose: 0});
const values = [...injection.allWeights.map(({variable}) => variable), ...model.getWeights()];
const bits = values.map(tensor => Buffer.from(tensor.dataSync().slice().buffer).toString('hex'));
say(`done ${injection.iterations} ${bits.join('')}`);
