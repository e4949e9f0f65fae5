import * as tf from '@tensorflow/tfjs';
import {Heun, Lookahead} from 'tfjs-inject';

const x = tf.tensor2d([
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
]);
const y = tf.tensor2d([[1], [5], [-5], [-1]]); // 3·x₁ − 2·x₂

const model = tf.sequential({
  layers: [tf.layers.dense({units: 1, inputShape: [2], useBias: false, kernelInitializer: 'zeros'})],
});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
new Heun({learningRate: 0.1}).inject(model);
new Lookahead({k: 5, alpha: 0.5}).inject(model);
await model.fit(x, y, {epochs: 50, verbose: 0});

document.querySelector('#weights').value = (await model.getWeights()[0].data()).join(' ');
