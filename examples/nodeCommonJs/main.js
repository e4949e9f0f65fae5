const tf = require('@tensorflow/tfjs');
// An ES module, which Node itself requires from 20.19 and 22.12 on.
const {Heun, Lookahead} = require('tfjs-inject');

async function main() {
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

  console.log(`y = 3·x₁ − 2·x₂, learned: ${(await model.getWeights()[0].data()).join(' ')}`);
}

main();
