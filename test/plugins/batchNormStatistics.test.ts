import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {BatchNormStatistics, Heun, SGD} from '../../src/index.js';
import {refuses} from '../support/refuses.js';

/**
 * y = w·x before BatchNorm, with momentum ½ and x = (1, 3): the mean of the batch is 2w. Normalized, x is ±1 whatever w > 0, so
 * that but for the penalty ¼w² the loss has no slope in w.
 */
function build() {
  const layers = [
    tfl.layers.dense({
      units: 1,
      inputShape: [1],
      useBias: false,
      kernelRegularizer: tfl.regularizers.l2({l2: 0.25}),
    }),
    tfl.layers.batchNormalization({momentum: 0.5, epsilon: 1e-6}),
  ];
  const model = tfl.sequential({layers});
  model.layers[0]!.setWeights([tf.tensor2d([[2]])]);
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

const movingMean = (model: tfl.LayersModel) => model.layers[1]!.getWeights()[2]!.dataSync()[0]!;

async function meanAfterAStep(optimizer: SGD | Heun, from: 'first' | 'last' | 'none'): Promise<number> {
  const model = build();
  optimizer.inject(model).use(new BatchNormStatistics({from}));
  const [x, y] = [tf.tensor2d([[1], [3]]), tf.tensor2d([[-1], [1]])];
  await model.trainOnBatch(x, y);
  const mean = movingMean(model);
  model.dispose();
  tf.dispose([x, y]);
  return mean;
}

describe('BatchNormStatistics', () => {
  it('keeps the mean of the evaluation that it is told, of two that saw w = 2 and w = 1', async () => {
    // ∂(0.25·w²)/∂w = w/2 = 1 at w = 2: the predictor goes to 2 − α·1 with α = 1. The mean, from 0: ½·(2·w).
    const heun = () => new Heun({learningRate: 1});
    expect(await meanAfterAStep(heun(), 'first')).to.be.closeTo(2, 1e-4);
    expect(await meanAfterAStep(heun(), 'last')).to.be.closeTo(1, 1e-4);
    expect(await meanAfterAStep(heun(), 'none')).to.equal(0);
  });

  it('has one evaluation to choose from in a step of one phase', async () => {
    const sgd = () => new SGD({learningRate: 1});
    expect(await meanAfterAStep(sgd(), 'last')).to.be.closeTo(2, 1e-4);
    expect(await meanAfterAStep(sgd(), 'none')).to.equal(0);
  });

  it('is one on a model', async () => {
    const model = build();
    new BatchNormStatistics().inject(model);
    await refuses('PLUGIN_CONFLICT', ['one BatchNormStatistics'], () =>
      new BatchNormStatistics().inject(model),
    );
  });
});
