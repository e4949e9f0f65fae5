/**
 * Saves and loads ten million weights with Adam's slots, and copies as many bytes, in turn.
 *
 *   node test/soak/largeCheckpoint.mjs BACKEND ROUNDS
 */
import {mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs';
import {copyFile, open} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {Adam, inject} from 'tfjs-inject';
import {useBackend} from './useBackend.mjs';

const [backend, rounds] = process.argv.slice(2);
await useBackend(backend);

const model = tfl.sequential({
  layers: [
    tfl.layers.dense({name: 'a', units: 2500, inputShape: [2000], kernelInitializer: 'ones'}),
    tfl.layers.dense({name: 'b', units: 2000, kernelInitializer: 'zeros'}),
  ],
});
model.compile({optimizer: new Adam({learningRate: 1e-3}), loss: 'meanSquaredError'});
const injection = inject(model);
const [x, y] = [tf.ones([1, 2000]), tf.ones([1, 2000])];
await model.trainOnBatch(x, y);

const folder = mkdtempSync(join(tmpdir(), 'tfjs-inject-large-'));
const place = join(folder, 'run');
const timed = async body => {
  const start = performance.now();
  await body();
  return performance.now() - start;
};
const flushed = async (from, to) => {
  await copyFile(from, to);
  const file = await open(to, 'r+');
  await file.sync();
  await file.close();
};
const times = {save: [], load: [], copy: []};
let bytes = 0;
let largest = '';
for (let i = 0; i < Number(rounds); i++) {
  times.save.push(await timed(() => injection.save(`file://${place}`)));
  const files = readdirSync(place).map(name => join(place, name));
  bytes = files.reduce((sum, name) => sum + statSync(name).size, 0);
  largest = files.sort((a, b) => statSync(b).size - statSync(a).size)[0];
  times.copy.push(await timed(() => flushed(largest, join(folder, 'copy'))));
  times.load.push(await timed(() => injection.restore(`file://${place}`)));
}
rmSync(folder, {recursive: true});
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const weights = model.countParams();
console.log(
  JSON.stringify({
    weights,
    sizeRatio: bytes / (3 * 4 * weights),
    saveRatio: median(times.save) / median(times.copy),
    loadRatio: median(times.load) / median(times.copy),
  }),
);
