import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import * as library from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = (readdirSync(join(root, 'src'), {recursive: true}) as string[])
  // That one needs the native backend, whose snippets run by themselves.
  .filter(file => file.endsWith('.ts') && file !== 'node.ts')
  .sort();

/** The examples of the doc comments, which the reference of the site shows. */
const examples = sources.flatMap(file => {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  return [...text.matchAll(/^ *\* @example\n((?: *\* ?(?!@).*\n)*?)(?= *\* @| *\*\/)/gm)].map(
    ([, lines]) => ({
      file,
      code: lines!.replace(/^ *\* ?/gm, ''),
    }),
  );
});

const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs one with the names that examples take for granted: the library, `tf`, a compiled model and its data. */
async function run(code: string): Promise<void> {
  const tf = {...core, ...layers};
  const model = tf.sequential({
    layers: [
      tf.layers.dense({units: 3, activation: 'tanh', inputShape: [4], name: 'embedding'}),
      tf.layers.batchNormalization(),
      tf.layers.dense({units: 1, name: 'head'}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const x = tf.randomNormal([64, 4], 0, 1, 'float32', 1);
  const needed = {
    ...(/\binjection\b/.test(code) && {injection: library.inject(model)}),
    ...(/\bvariable\b/.test(code) && {variable: tf.variable(tf.ones([3]))}),
  };
  const scope = {...library, tf, model, x, y: tf.sum(x, 1, true), ...needed};
  const {log} = console;
  console.log = () => {};
  try {
    // In a block, an example may call something of its own as one of these.
    await new AsyncFunction(...Object.keys(scope), `{\n${code}\n}`)(...Object.values(scope));
  } finally {
    console.log = log;
  }
}

describe('the examples of the doc comments', () => {
  const made = join(root, 'out', 'run');
  const forget = () => rmSync(made, {recursive: true, force: true});
  before(forget);
  after(forget);

  it('are found', () => {
    expect(examples.length).to.be.at.least(70);
  });

  for (const [i, {file, code}] of examples.entries()) {
    it(`run as they stand: ${file}${examples[i - 1]?.file === file ? ', the next one' : ''}`, () =>
      run(code));
  }
});
