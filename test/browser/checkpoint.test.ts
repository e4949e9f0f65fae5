import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Adam, Checkpoint, Injection, inject, Lookahead} from '../../src/index.js';
import {seededSource} from '../../src/inject/randomness.js';
import {backendName} from './setup.js';

const x = tf.randomNormal([12, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([12, 1], 0, 1, 'float32', 2);

function begin(): {model: tfl.LayersModel; injection: Injection} {
  const model = tfl.sequential({
    name: 'kept',
    layers: [
      tfl.layers.dense({name: 'a', units: 5, inputShape: [3], activation: 'tanh'}),
      tfl.layers.dense({name: 'b', units: 1}),
    ],
  });
  model.compile({optimizer: new Adam({learningRate: 0.05}), loss: 'meanSquaredError'});
  return {model, injection: inject(model, {seed: 3}).use(new Lookahead({k: 3}))};
}

const bitsOf = async ({allWeights}: Injection) => {
  const all = await Promise.all(allWeights.map(({variable}) => variable.data()));
  return all.map(values => [...values]);
};

/** A tab that trains, until it says that it is done or is closed, `after` so many words and a moment. */
function liveOfTab(url: string, moment?: {words: number; delay: number}): Promise<string> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel('trainee');
    const tab = window.open(`/trainee/?${new URLSearchParams({backend: backendName, url})}`)!;
    let words = 0;
    let last = '';
    const end = (outcome: string) => {
      tab.close();
      channel.close();
      resolve(outcome);
    };
    channel.onmessage = ({data}: MessageEvent<string>) => {
      last = data;
      if (data.startsWith('failed')) reject(new Error(data));
      if (data.startsWith('done')) end(data);
      if (++words === moment?.words) setTimeout(() => end(`closed after ${last}`), moment.delay);
    };
  });
}

async function removeAll(prefix: string): Promise<void> {
  for (const url of Object.keys(await tf.io.listModels()))
    if (url.startsWith(prefix)) await tf.io.removeModel(url);
}

describe(`Checkpoints in a page, on ${backendName}`, () => {
  for (const scheme of ['indexeddb', 'localstorage']) {
    it(`go into ${scheme}:// and come back, bit for bit`, async () => {
      const url = `${scheme}://kept/${backendName}`;
      await removeAll(url);
      const first = begin();
      first.injection.use(new Checkpoint({url, everySteps: 1, keep: 2}));
      await first.model.fit(x, y, {batchSize: 4, epochs: 2, verbose: 0});
      const names = Object.keys(await tf.io.listModels()).filter(each => each.startsWith(url));
      expect(names.sort()).to.deep.equal([5, 6].map(step => `${url}/step-00000000${step}`));
      const loaded = await Injection.load(names[1]!);
      expect(loaded.iterations).to.equal(6);
      expect(await bitsOf(loaded)).to.deep.equal(await bitsOf(first.injection));

      const second = begin();
      second.injection.use(new Checkpoint({url, everySteps: 1, keep: 2}));
      await second.model.fit(x, y, {batchSize: 4, epochs: 3, verbose: 0});
      await first.model.fit(x, y, {batchSize: 4, epochs: 3, initialEpoch: 2, verbose: 0});
      expect(second.injection.iterations).to.equal(9);
      expect(await bitsOf(second.injection)).to.deep.equal(await bitsOf(first.injection));
      for (const model of [first.model, second.model, loaded.model!]) {
        // By eject slots are read at once, by which WebGPU in software loses its device.
        model.optimizer.dispose();
        model.dispose();
      }
      await removeAll(url);
    });
  }

  it('outlive a tab that is closed, in the middle of a save, too', async () => {
    const url = `indexeddb://closed/${backendName}`;
    await removeAll(url);
    const wanted = await liveOfTab(url);
    expect(wanted).to.match(/^done 18 /);
    await removeAll(url);
    const random = seededSource(31);
    const outcomes: string[] = [];
    while (!outcomes.at(-1)?.startsWith('done')) {
      const isLast = outcomes.length >= 6;
      // An odd word is `save`: then a save is under way.
      const moment = {words: 1 + 2 * Math.floor(random() * 4), delay: random() * 4};
      outcomes.push(await liveOfTab(url, isLast ? undefined : moment));
    }
    expect(outcomes.at(-1)).to.equal(wanted);
    expect(outcomes.filter(each => each === 'closed after save').length).to.be.at.least(1);
    await removeAll(url);
  });
});
