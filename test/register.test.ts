import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {build} from 'esbuild';
import '../src/register.js';

describe('tfjs-inject/register', () => {
  it('registers each optimizer and plugin by its own name, and leaves those of tfjs', () => {
    const {classNameMap} = tf.serialization.SerializationMap.getMap();
    for (const name of ['Adam', 'Muon', 'Lookahead', 'WeightDecay'])
      expect(classNameMap).to.have.property(`tfjs-inject/${name}`);
    expect(classNameMap).not.to.have.property('tfjs-inject/undefined');
  });

  it('is not dropped by a bundler that looks at what is used', async () => {
    const {outputFiles} = await build({
      stdin: {contents: "import 'tfjs-inject/register';", resolveDir: import.meta.dirname},
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      platform: 'node',
      external: ['@tensorflow/*', 'tapable'],
    });
    const code = outputFiles[0]!.text;
    for (const name of ['tfjs-inject/Lion', 'tfjs-inject/EMA', 'cosineRestarts'])
      expect(code).to.contain(name);
  });
});
