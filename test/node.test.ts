import {execFileSync} from 'node:child_process';
import {copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {TemporaryFolder} from './support/temporaryFolder.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a program prints as JSON when it imports the entry; `folder` decides which tfjs-node the entry finds. */
function runProgram(folder: TemporaryFolder, program: string): Record<string, unknown> {
  folder.write('package.json', '{"type": "module"}');
  for (const file of ['node.ts', 'errors.ts', 'inject/earlyCallback.ts']) {
    mkdirSync(join(folder.path, dirname(file)), {recursive: true});
    copyFileSync(join(root, 'src', file), join(folder.path, file));
  }
  const main = folder.write('main.ts', program);
  const output = execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

const importAndReport = `
  const report = await import('./node.ts').then(
    ({tf}) => ({tf}),
    error => ({name: error.name, code: error.code, message: error.message, cause: error.cause?.message}),
  );
  console.log(JSON.stringify(report));`;

/** Gives the folder the packages of this repository, and a copy of tfjs-node that has no native binding. */
function installWithoutBinding(folder: TemporaryFolder): string {
  const [from, to] = [root, folder.path].map(base => join(base, 'node_modules')) as [string, string];
  mkdirSync(join(to, '@tensorflow'), {recursive: true});
  for (const name of readdirSync(from))
    if (name !== '@tensorflow') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@tensorflow'))) {
    if (name === 'tfjs-node') continue;
    symlinkSync(join(from, '@tensorflow', name), join(to, '@tensorflow', name));
  }
  const [original, copy] = [from, to].map(base => join(base, '@tensorflow', 'tfjs-node')) as [string, string];
  const made = ['deps', 'lib'].map(name => join(original, name));
  cpSync(original, copy, {recursive: true, filter: path => !made.includes(path)});
  return copy;
}

describe('The entry tfjs-inject/node', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('says how to install tfjs-node where it is not installed', () => {
    const report = runProgram(folder, importAndReport);
    expect(report.name).to.equal('InjectError');
    expect(report.code).to.equal('NATIVE_BACKEND');
    expect(report.message).to.contain('npm install @tensorflow/tfjs-node');
    expect(report.cause).to.contain('Cannot find module');
  });

  it('says how to set up a native binding that is missing', () => {
    installWithoutBinding(folder);
    const report = runProgram(folder, importAndReport);
    expect(report.code).to.equal('NATIVE_BACKEND');
    expect(report.message).to.contain('npx tfjs-inject-setup-node');
    expect(report.cause).to.contain('can not be found');
  });

  it('says how to set up a native binding that does not load', () => {
    const copy = installWithoutBinding(folder);
    const {binary} = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
    for (const version of binary.napi_versions) {
      folder.write(`node_modules/@tensorflow/tfjs-node/lib/napi-v${version}/tfjs_binding.node`, 'no library');
    }
    const report = runProgram(folder, importAndReport);
    expect(report.code).to.equal('NATIVE_BACKEND');
    expect(report.message).to.contain('npx tfjs-inject-setup-node');
    expect(report.cause).to.contain('tfjs_binding.node');
  });

  it('passes on an error that is not about the binding as it is', () => {
    folder.write('node_modules/@tensorflow/tfjs-node/index.js', "throw new RangeError('of its own');");
    expect(runProgram(folder, importAndReport)).to.deep.equal({name: 'RangeError', message: 'of its own'});
  });

  it('puts back what Node has removed before it loads tfjs-node', () => {
    folder.write(
      'node_modules/@tensorflow/tfjs-node/index.js',
      `const util = require('util');
       module.exports = [null, undefined, 0, '', []].map(v => [util.isNullOrUndefined(v), util.isArray(v)]);
       module.exports.registerCallbackConstructor = () => {};`,
    );
    const removeThem = `
      import {createRequire} from 'node:module';
      const util = createRequire(import.meta.url)('util');
      delete util.isNullOrUndefined;
      delete util.isArray;`;
    const [no, both] = [
      [false, false],
      [true, false],
    ];
    expect(runProgram(folder, removeThem + importAndReport)).to.deep.equal({
      tf: [both, both, no, no, [false, true]],
    });
  });

  if (process.env.TFJS_INJECT_BACKEND === 'tensorflow') {
    it('gives the classes and registries that ES imports of core and layers give', async () => {
      const {tf} = await import('../src/node.js');
      expect(tf.Tensor).to.equal(core.Tensor);
      expect(tf.LayersModel).to.equal(layers.LayersModel);
      expect(tf.serialization.SerializationMap.getMap()).to.equal(
        core.serialization.SerializationMap.getMap(),
      );
    });

    it('trains where Node has removed what the kernels of tfjs-node call', () => {
      const program = `
        import {createRequire} from 'node:module';
        const require = createRequire(${JSON.stringify(join(root, 'package.json'))});
        for (const name of ['isNullOrUndefined', 'isArray']) delete require('util')[name];
        const {tf} = await import(${JSON.stringify(new URL('../src/node.ts', import.meta.url).href)});
        const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
        model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
        const {history} = await model.fit(tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1], [2]]), {epochs: 40, verbose: 0});
        console.log(JSON.stringify({backend: tf.getBackend(), first: history.loss[0], last: history.loss.at(-1)}));`;
      const {backend, first, last} = runProgram(folder, program);
      expect(backend).to.equal('tensorflow');
      expect(first).to.be.closeTo(2.5, 1e-6); // The mean of 1² and 2².
      expect(last).to.be.below(1);
    });

    for (const trainer of ['fit', 'fitDataset']) {
      it(`makes the progress bar of ${trainer} show what a plugin writes into the logs, batch by batch and of the epoch`, () => {
        const program = `
          const written = [];
          Object.assign(process.stderr, {isTTY: true, columns: 400, cursorTo() {}, clearLine() {}});
          process.stderr.write = text => written.push(text);
          const log = console.log;
          console.log = text => written.push(text);
          const {tf} = await import(${JSON.stringify(new URL('../src/node.ts', import.meta.url).href)});
          const {Heun, Monitor} = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
          const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
          model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
          new Heun({learningRate: 0.05}).inject(model).use(new Monitor({include: ['phaseLosses', 'gradientNorm'], logEvery: 1}));
          const [x, y] = [tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1], [2]])];
          const seen = [];
          const callbacks = {onBatchEnd: (batch, {gradientNorm}) => { seen.push(gradientNorm); }};
          const {history} = ${
            trainer === 'fit'
              ? 'await model.fit(x, y, {epochs: 2, batchSize: 1, shuffle: false, verbose: 1, callbacks})'
              : 'await model.fitDataset(tf.data.zip({xs: tf.data.array([[1, 0], [0, 1]]), ys: tf.data.array([[1], [2]])}).batch(1), {epochs: 2, verbose: 1, callbacks})'
          };
          log(JSON.stringify({written: written.join('\\n'), seen, history}));`;
        const {written, seen, history} = runProgram(folder, program) as {
          written: string;
          seen: number[];
          history: Record<string, number[]>;
        };
        const numbers = (pattern: RegExp) =>
          [...written.matchAll(pattern)].map(([, number]) => Number(number));
        const ofBatches = numbers(/eta=\S+ \S+ gradientNorm=(\S+)/g);
        const [first, second] = history.gradientNorm!;
        // At zero, the gradient of the first row by kernel and bias is (−2, 0, −2).
        expect(seen[0]).to.be.closeTo(Math.sqrt(8), 1e-6);
        // The bar is not drawn more often than each 50 ms, but always for the first batch.
        expect(ofBatches[0]).to.be.closeTo(seen[0]!, 0.01);
        for (const shown of ofBatches)
          expect(Math.min(...seen.map(value => Math.abs(value - shown)))).to.be.below(0.01);
        const [shownFirst, shownSecond] = numbers(/us\/step - gradientNorm=(\S+)/g);
        expect(shownFirst).to.be.closeTo(first!, 0.01);
        expect(shownSecond).to.be.closeTo(second!, 0.01);
        expect(first).to.be.closeTo((seen[0]! + seen[1]!) / 2, 1e-6);
        expect(written).to.match(
          /us\/step - gradientNorm=\S+ gradientNormPhase2=\S+ loss=\S+ lossPhase1=\S+ lossPhase2=\S+/,
        );
      });
    }
  }
});
