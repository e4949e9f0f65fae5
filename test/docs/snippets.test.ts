import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a snippet that does not load TensorFlow.js itself may take for granted. */
const prelude = `
import * as tf from '@tensorflow/tfjs';
const x = tf.randomNormal([64, 4], 0, 1, 'float32', 1);
const y = x.sum(1, true);
const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [4]})]});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
`;

const pages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync(join(root, 'docs'), {recursive: true}).map(name => `docs/${name}`),
];
// Each in a process of its own, once: what loads tfjs-node where the tests of that backend run, all else where those of cpu do.
const hasNative = process.env.TFJS_INJECT_BACKEND === 'tensorflow';
const fences = pages
  .filter(page => page.endsWith('.md'))
  .flatMap(page => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/^ *```js *(.*?)\n(.*?)^ *```/gms)].map(([, file, code]) => ({
      page,
      file: file!,
      code: code!,
    }));
  });
const snippets = fences
  .filter(({file}) => file === '')
  .map((fence, i, all) => ({...fence, number: i + 1 - all.findIndex(({page}) => page === fence.page)}))
  .filter(({code}) => hasNative === code.includes('tfjs-inject/node'));

describe('the snippets of the docs', () => {
  let folder: string;

  before(() => {
    // Inside the package, so that a snippet imports it as a user does.
    mkdirSync(join(root, 'out'), {recursive: true});
    folder = mkdtempSync(join(root, 'out', 'snippets-'));
  });
  after(() => rmSync(folder, {recursive: true, force: true}));

  it('are found', () => {
    expect(snippets.length).to.be.at.least(hasNative ? 1 : 60);
  });

  it('add up by what is right on every backend: on WebGPU, tf.addN of more than seven tensors is not', () => {
    expect(fences.filter(({code}) => code.includes('addN')).map(({page}) => page)).to.deep.equal([]);
  });

  it('are run by scripts/test/runInBrowser.js where they bear the name of a file', () => {
    const named = fences.filter(({file}) => file !== '').map(({page, file}) => `${page} ${file}`);
    expect(named).to.deep.equal(['page.js', 'worker.js'].map(file => `docs/recipes/webWorker.md ${file}`));
  });

  for (const {page, number, code} of snippets) {
    it(`run as they stand: ${page}, number ${number}`, () => {
      const isComplete = /from '@tensorflow\/tfjs'|'@tensorflow\/tfjs-backend-|'tfjs-inject\/node'/.test(
        code,
      );
      const file = join(folder, `${page.replace(/\W/g, '-')}-${number}.mjs`);
      writeFileSync(file, isComplete ? code : prelude + code.replace(/^import \* as tf .*$/m, ''));
      const {status, stderr} = spawnSync(process.execPath, [file], {encoding: 'utf8', cwd: folder});
      expect(status, stderr).to.equal(0);
    });
  }
});
