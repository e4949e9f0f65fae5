import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'chai';
import {bindingFailure} from '../../scripts/setupNode/bindingFailure.js';
import {findTfjsNode} from '../../scripts/setupNode/findTfjsNode.js';
import * as library from '../../src/index.js';
import type {TemporaryFolder} from '../support/temporaryFolder.js';
import {expectLearned} from './learned.js';
import {manifest, root} from './packed.js';
import {nativeProject, newestProject, oldestProject, oldestTfjs} from './projects.js';

/** The examples' training, where `tf` is there. */
const training = `
const x = tf.tensor2d([1, 1, 1, -1, -1, 1, -1, -1], [4, 2]);
const y = tf.tensor2d([1, 5, -5, -1], [4, 1]);
const model = tf.sequential({
  layers: [tf.layers.dense({units: 1, inputShape: [2], useBias: false, kernelInitializer: 'zeros'})],
});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
new Heun({learningRate: 0.1}).inject(model);
new Lookahead({k: 5, alpha: 0.5}).inject(model);
await model.fit(x, y, {epochs: 50, verbose: 0});
console.log((await model.getWeights()[0].data()).join(' '));`;

const coreAlone = `
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
const tf = {...core, ...layers};`;

/** What a program prints in a project. */
function run(project: TemporaryFolder, program: string, file = 'program.mjs'): string {
  const path = project.write(file, program);
  return execFileSync(process.execPath, [path], {
    cwd: project.path,
    encoding: 'utf8',
    env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '2'},
  });
}

const example = (name: string) =>
  JSON.parse(readFileSync(join(root, 'examples', name, 'package.json'), 'utf8'));
const installed = (project: TemporaryFolder, name: string) =>
  JSON.parse(readFileSync(join(project.path, 'node_modules', name, 'package.json'), 'utf8'));

describe('the installed package in Node', () => {
  it('trains as an ES module with the union of TensorFlow.js', () => {
    const imports = "import * as tf from '@tensorflow/tfjs'; import {Heun, Lookahead} from 'tfjs-inject';";
    expectLearned(run(newestProject(), imports + training));
  });

  it('trains by require, as the example for CommonJS stands', function () {
    if (!process.features.require_module) return this.skip();
    const folder = join(newestProject().path, 'nodeCommonJs');
    const {dependencies, scripts} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(dependencies).to.deep.equal(example('vite').dependencies);
    expect(dependencies['tfjs-inject']).to.equal(`^${manifest.version}`);
    expect(scripts.start).to.equal('node main.js');
    expectLearned(execFileSync(process.execPath, ['main.js'], {cwd: folder, encoding: 'utf8'}));
  });

  it('is one and the same by require and by import', function () {
    if (!process.features.require_module) return this.skip();
    const program = `
      const required = require('tfjs-inject');
      import('tfjs-inject').then(imported => console.log(required.Adam === imported.Adam));`;
    expect(run(newestProject(), program, 'program.cjs').trim()).to.equal('true');
  });

  it('trains with core, layers and the cpu backend alone, as old as the package says it can', () => {
    expect(installed(oldestProject(), '@tensorflow/tfjs-core').version).to.equal(oldestTfjs);
    expect(installed(oldestProject(), '@tensorflow/tfjs-layers').version).to.equal(oldestTfjs);
    expectLearned(
      run(oldestProject(), `${coreAlone} import {Heun, Lookahead} from 'tfjs-inject';${training}`),
    );
  });

  it('keeps its promises there, by verify, and writes into the logs of fit', () => {
    const program = `${coreAlone}
      import {Adam, EMA, inject, Monitor, verify} from 'tfjs-inject';
      let state = 1;
      Math.random = () => (state = (16807 * state) % 2147483647) / 2147483647;
      const model = tf.sequential({layers: [
        tf.layers.dense({units: 5, inputShape: [3], activation: 'tanh'}),
        tf.layers.batchNormalization(),
        tf.layers.dropout({rate: 0.3}),
        tf.layers.dense({units: 1}),
      ]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae']});
      new Adam().inject(model).use(new EMA()).use(new Monitor({include: ['gradientNorm']}));
      const [x, y] = [tf.randomNormal([8, 3]), tf.randomNormal([8, 1])];
      const {isOk, checks} = await verify(model, x, y);
      const {history} = await model.fit(x, y, {epochs: 3, verbose: 0});
      console.log(JSON.stringify({isOk, checks, norms: history.gradientNorm?.length}));`;
    const {isOk, checks, norms} = JSON.parse(run(oldestProject(), program).trim().split('\n').at(-1)!);
    expect(isOk, JSON.stringify(checks)).to.equal(true);
    expect(checks.length).to.be.above(5);
    expect(norms).to.equal(3);
  });

  it('trains with tfjs-node by the entry tfjs-inject/node', async function () {
    const failure = await Promise.resolve()
      .then(() => bindingFailure(findTfjsNode()))
      .catch(error => error.message);
    if (failure !== undefined) return this.skip();
    const imports =
      "import {tf} from 'tfjs-inject/node'; import {Heun, Lookahead} from 'tfjs-inject'; console.log(tf.getBackend());";
    const output = run(nativeProject(), imports + training);
    expect(output).to.match(/^tensorflow$/m);
    expectLearned(output);
  });

  it('has every entry that package.json names, with all that the sources export', () => {
    const entries = Object.keys(manifest.exports).filter(
      entry => !['./package.json', './node'].includes(entry),
    );
    const program = `
      globalThis.tf = await import('@tensorflow/tfjs');
      const names = {};
      for (const entry of ${JSON.stringify(entries)})
        names[entry] = Object.keys(await import(entry.replace('.', 'tfjs-inject')));
      console.log(JSON.stringify(names));`;
    const names = JSON.parse(run(newestProject(), program));
    expect(names['.'].sort()).to.deep.equal(Object.keys(library).sort());
    expect(names['./min'].sort()).to.deep.equal(Object.keys(library).sort());
    expect(names['./schedules'].sort()).to.deep.equal(Object.keys(library.schedules).sort());
  });
});

describe('the one file for pages', () => {
  it('says what it lacks where there is no global tf', () => {
    const program = `
      import('tfjs-inject/min').catch(({name, code, message}) => console.log(JSON.stringify({name, code, message})));`;
    const {name, code, message} = JSON.parse(run(newestProject(), program));
    expect([name, code]).to.deep.equal(['InjectError', 'MISSING_TFJS']);
    expect(message).to.contain("global 'tf'").and.contain('received undefined');
  });

  it('has classes of the names under which models are saved, although it is minified', () => {
    const program = `
      globalThis.tf = await import('@tensorflow/tfjs');
      const library = await import('tfjs-inject/min');
      const {classNameMap} = tf.serialization.SerializationMap.getMap();
      const names = Object.entries(library).map(([name, {className}]) => [name, className]).filter(([, of]) => of);
      console.log(JSON.stringify({names, registered: Object.keys(classNameMap)}));`;
    const {names, registered} = JSON.parse(run(newestProject(), program));
    const expected = Object.entries(library as Record<string, {className?: string}>)
      .map(([name, {className}]) => [name, className])
      .filter(([, className]) => className);
    expect(names).to.deep.equal(expected);
    expect(names.length).to.be.above(50);
    expect(registered).to.include.members(names.map(([, className]: string[]) => className));
  });
});
