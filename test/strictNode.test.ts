import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import {lossesOnOnes} from './support/onesByHand.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const program = `
  import * as tf from '@tensorflow/tfjs-core';
  import * as tfl from '@tensorflow/tfjs-layers';
  import {Adam, ClipByGlobalNorm, EMA, inject, Lookahead} from 'tfjs-inject';
  await import(process.argv[1]);
  await tf.ready();
  let refused = false;
  try { new Function('return 1'); } catch (error) { refused = error instanceof EvalError; }
  const model = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [2], kernelInitializer: 'zeros'})]});
  model.compile({optimizer: new Adam({learningRate: 0.1}), loss: 'meanSquaredError'});
  const injection = inject(model).use(new ClipByGlobalNorm({clipNorm: 1})).use(new EMA()).use(new Lookahead({k: 2}));
  let passed = 0;
  injection.hooks.boundary.tapPromise('count', async () => { passed++; });
  const {history} = await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), {epochs: 4, verbose: 0});
  console.log(JSON.stringify({refused, passed, iterations: injection.iterations, loss: history.loss}));`;

/** tfjs-node itself evaluates a text as it is loaded, and so is not for such a Node. */
const backends = ['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm'];

describe('Node with --disallow-code-generation-from-strings', () => {
  for (const packageName of backends) {
    it(`trains with plugins on ${packageName}`, () => {
      const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
      const output = execFileSync(process.execPath, [...flags, packageName], {cwd: root, encoding: 'utf8'});
      const {refused, passed, iterations, loss} = JSON.parse(output.trim().split('\n').at(-1)!);
      expect(refused).to.equal(true);
      expect(passed).to.equal(10);
      expect(iterations).to.equal(4);
      for (const [i, expected] of lossesOnOnes(4, {k: 2, clipNorm: 1}).entries())
        expect(loss[i], `epoch ${i + 1}`).to.be.closeTo(expected, 1e-6);
    });
  }
});
