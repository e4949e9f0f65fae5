/**
 * Takes many steps of the heaviest stack, and says every hundred of them what is in memory.
 *
 *   node --expose-gc test/soak/longRun.mjs BACKEND STEPS
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  ClipByGlobalNorm,
  Constraints,
  EMA,
  Heun,
  inject,
  Lookahead,
  Monitor,
  SAM,
  SkipNonFinite,
  SWA,
} from 'tfjs-inject';
import {useBackend} from './useBackend.mjs';

const [backend, steps] = process.argv.slice(2);
await useBackend(backend);

const model = tfl.sequential({
  layers: [
    tfl.layers.dense({units: 16, inputShape: [8], activation: 'tanh'}),
    tfl.layers.batchNormalization({}),
    tfl.layers.dropout({rate: 0.2}),
    tfl.layers.dense({units: 1, kernelConstraint: tfl.constraints.maxNorm({maxValue: 2})}),
  ],
});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
const monitor = new Monitor();
const injection = inject(model, {seed: 1});
new Heun({learningRate: 0.01}).inject(model);
injection
  .use(new SAM())
  .use(new ClipByGlobalNorm({clipNorm: 1}))
  .use(new SkipNonFinite())
  .use(new Constraints())
  .use(new Lookahead({k: 5}))
  .use(new EMA())
  .use(new SWA({start: 1, evaluateOn: 'training'}))
  .use(monitor);
const x = tf.randomNormal([16, 8], 0, 1, 'float32', 1);
const y = tf.randomNormal([16, 1], 0, 1, 'float32', 2);
while (injection.iterations < Number(steps)) {
  await model.trainOnBatch(x, y);
  if (injection.iterations % 100 > 0) continue;
  await monitor.read();
  // Between two syncs a copy is held, and after one there is none.
  globalThis.gc?.();
  const {numTensors: tensors, numBytes: bytes} = tf.memory();
  console.log(
    JSON.stringify({step: injection.iterations, tensors, bytes, resident: process.memoryUsage().rss}),
  );
}
