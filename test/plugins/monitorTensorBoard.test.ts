import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Monitor} from '../../src/index.js';
import {windowModel} from '../support/accumulate.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';

// What writes them is tfjs-node's own.
if (process.env.TFJS_INJECT_BACKEND === 'tensorflow') {
  describe('Monitor and tf.node.tensorBoard', () => {
    const folder = new TemporaryFolder();
    after(() => folder.remove());

    for (const updateFreq of ['epoch', 'batch'] as const) {
      it(`leave events with its names and values, of each ${updateFreq}`, async () => {
        const {tf: tfNode} = await import('../../src/node.js');
        const [x, y] = [tf.randomNormal([24, 3]), tf.randomNormal([24, 1])];
        const model = windowModel();
        new Monitor({logEvery: updateFreq === 'batch' ? 1 : 0, perWeight: true}).inject(model);
        const seen: Record<string, number>[] = [];
        const events = join(folder.path, updateFreq);
        const {history} = await model.fit(x, y, {
          epochs: 2,
          batchSize: 12,
          verbose: 0,
          callbacks: [
            tfNode.node.tensorBoard(events, {updateFreq}),
            new tfNode.CustomCallback({onBatchEnd: (_, logs) => void seen.push(logs as never)}),
          ] as never,
        });
        tf.dispose([x, y]);
        model.dispose();
        const [file] = readdirSync(join(events, 'train'));
        const bytes = readFileSync(join(events, 'train', file!));
        const key = Object.keys(history).find(name => name.startsWith('updateNorm/'))!;
        for (const name of [
          'learningRate',
          'gradientNorm',
          'updateRatio',
          'stepMilliseconds',
          'tensors',
          key,
        ]) {
          const values = history[name] as number[];
          expect(values).to.have.length(2);
          for (const value of values) expectIn(bytes, `epoch_${name}`, value);
          if (updateFreq === 'epoch') continue;
          expect(seen).to.have.length(4);
          for (const logs of seen) expectIn(bytes, `batch_${name}`, logs[name]!);
        }
      });
    }
  });
}

/** An event has its tag, and behind it its value as a float32. */
function expectIn(bytes: Buffer, tag: string, value: number): void {
  const float = Buffer.from(Float32Array.of(value).buffer);
  const places: number[] = [];
  for (let at = bytes.indexOf(tag); at >= 0; at = bytes.indexOf(tag, at + 1)) places.push(at);
  const isThere = places.some(at => bytes.subarray(at, at + tag.length + 60).includes(float));
  expect(isThere, `${tag} ${value}, of ${places.length} events with this tag`).to.equal(true);
}
