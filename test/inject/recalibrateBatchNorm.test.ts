import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {EMA, inject, recalibrateBatchNorm} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {tanhRegression} from '../support/problems.js';
import {refuses} from '../support/refuses.js';

const epsilon = 1e-3;
type Rows = number[][];
const columns = (rows: Rows) => rows[0]!.map((_, j) => rows.map(row => row[j]!));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: number[]) => mean(values.map(value => (value - mean(values)) ** 2));
const times = (rows: Rows, kernel: ArrayLike<number>, units: number) =>
  rows.map(row =>
    [...Array(units).keys()].map(k => mean(row.map((a, i) => a * kernel[i * units + k]!)) * row.length),
  );

const [hidden, bias, output] = tanhRegression.weights.map(({start}) => start) as [
  number[],
  number[],
  number[],
];
const rows: Rows = [...Array(12).keys()].map(i => [0, 1, 2].map(j => ((7 * i + 3 * j) % 11) / 5 - 1));

/** Dense(4), BatchNorm, tanh, Dense(2), BatchNorm; γ and β as they start. */
function norms(middle: tfl.layers.Layer[] = []): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 4, inputShape: [3]}),
      tfl.layers.batchNormalization({}),
      tfl.layers.activation({activation: 'tanh'}),
      ...middle,
      tfl.layers.dense({units: 2, useBias: false}),
      tfl.layers.batchNormalization({momentum: 0.75}),
    ],
  });
  tf.tidy(() => {
    model.layers[0]!.setWeights([tf.tensor(hidden, [3, 4]), tf.tensor(bias)]);
    model.layers.at(-2)!.setWeights([tf.tensor(output, [4, 2])]);
  });
  return model;
}

/** The statistics of both layers over batches, in double precision: of each batch first, then their plain mean. */
function expectedStatistics(batchSize: number) {
  const perBatch: {mean: number[]; variance: number[]}[][] = [];
  for (let from = 0; from < rows.length; from += batchSize) {
    const batch = rows.slice(from, from + batchSize);
    const first = times(batch, hidden, 4).map(row => row.map((value, k) => value + bias[k]!));
    const ofFirst = {mean: columns(first).map(mean), variance: columns(first).map(variance)};
    const active = first.map(row =>
      row.map((value, k) =>
        Math.tanh((value - ofFirst.mean[k]!) / Math.sqrt(ofFirst.variance[k]! + epsilon)),
      ),
    );
    const second = times(active, output, 2);
    perBatch.push([ofFirst, {mean: columns(second).map(mean), variance: columns(second).map(variance)}]);
  }
  return [0, 1].map(layer => ({
    mean: columns(perBatch.map(batch => batch[layer]!.mean)).map(mean),
    variance: columns(perBatch.map(batch => batch[layer]!.variance)).map(mean),
  }));
}

const normsOf = (model: tfl.LayersModel) =>
  model.layers.filter(layer => layer.getClassName() === 'BatchNormalization');
const statisticsOf = (model: tfl.LayersModel) =>
  normsOf(model).map(layer => {
    const [movingMean, movingVariance] = layer.getWeights().slice(-2);
    return {mean: [...movingMean!.dataSync()], variance: [...movingVariance!.dataSync()]};
  });

function expectNear(
  actual: ReturnType<typeof statisticsOf>,
  expected: ReturnType<typeof statisticsOf>,
): void {
  for (const [i, layer] of expected.entries()) {
    for (const kind of ['mean', 'variance'] as const) {
      for (const [j, value] of layer[kind].entries()) expect(actual[i]![kind][j]).to.be.closeTo(value, 2e-6);
    }
  }
}

describe('recalibrateBatchNorm', () => {
  for (const batchSize of [4, 5, 12]) {
    it(`gives the plain mean of batches' means and variances, in batches of ${batchSize}`, () => {
      const [model, x] = [norms(), tf.tensor2d(rows)];
      const {numTensors} = tf.memory();
      recalibrateBatchNorm(model, x, {batchSize});
      expect(tf.memory().numTensors).to.equal(numTensors);
      expectNear(statisticsOf(model), expectedStatistics(batchSize));
      // From what the statistics were nothing is left.
      const once = weightsOf(model);
      recalibrateBatchNorm(model, x, {batchSize});
      expect(weightsOf(model)).to.deep.equal(once);
      model.dispose();
      x.dispose();
    });
  }

  it("is torch's update_bn, but for the variance, which is unbiased there", () => {
    const {updateBatchNorm} = JSON.parse(
      readFileSync(new URL('../golden/averages.json', import.meta.url), 'utf8'),
    ) as {updateBatchNorm: {mean: number[]; variance: number[]}[]};
    const [model, x] = [norms(), tf.tensor2d(rows)];
    recalibrateBatchNorm(model, x, {batchSize: 4});
    expectNear(
      statisticsOf(model),
      updateBatchNorm.map(layer => ({...layer, variance: layer.variance.map(value => (value * 3) / 4)})),
    );
    model.dispose();
    x.dispose();
  });

  it('changes nothing else: weights, momenta, what the layers can be called with', () => {
    const [model, x] = [norms(), tf.tensor2d(rows)];
    const before = model.getWeights().map(weight => weight.dataSync().slice());
    recalibrateBatchNorm(model, x);
    for (const [i, weight] of model.weights.entries()) {
      const isStatistic = weight.originalName.includes('moving');
      const after = model.getWeights()[i]!.dataSync();
      if (isStatistic) expect(after, weight.originalName).not.to.deep.equal(before[i]);
      else expect(after, weight.originalName).to.deep.equal(before[i]);
    }
    expect(normsOf(model).map(layer => layer.getConfig().momentum)).to.deep.equal([0.99, 0.75]);
    for (const layer of model.layers) expect(Object.hasOwn(layer, 'call')).to.equal(false);
    model.dispose();
    x.dispose();
  });

  it('runs other layers as in training', () => {
    const seen: unknown[] = [];
    class Seeing extends tfl.layers.Layer {
      static readonly className = 'Seeing';
      override call(inputs: tf.Tensor | tf.Tensor[], kwargs: {training?: boolean}): tf.Tensor {
        seen.push(kwargs.training);
        return Array.isArray(inputs) ? inputs[0]! : inputs;
      }
    }
    const [model, x] = [norms([new Seeing({}), tfl.layers.dropout({rate: 0.5})]), tf.tensor2d(rows)];
    seen.length = 0;
    recalibrateBatchNorm(model, x, {batchSize: 6});
    expect(seen).to.deep.equal([true, true]);
    // A mask has doubled half of the values, and the variance with it.
    expect(statisticsOf(model)[1]!.variance[0]).not.to.be.closeTo(
      expectedStatistics(6)[1]!.variance[0]!,
      1e-3,
    );
    (model.predict(x) as tf.Tensor).dispose();
    expect(seen.at(-1)).not.to.equal(true);
    model.dispose();
    x.dispose();
  });

  it('puts everything back where a layer throws', () => {
    let calls = 0;
    class Breaking extends tfl.layers.Layer {
      static readonly className = 'Breaking';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        if (++calls === 3) throw new Error('of the user');
        return Array.isArray(inputs) ? inputs[0]! : inputs;
      }
    }
    const [model, x] = [norms([new Breaking({})]), tf.tensor2d(rows)];
    calls = 0;
    const before = weightsOf(model);
    const {numTensors} = tf.memory();
    expect(() => recalibrateBatchNorm(model, x, {batchSize: 4})).to.throw('of the user');
    expect(weightsOf(model)).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(normsOf(model).map(layer => layer.getConfig().momentum)).to.deep.equal([0.99, 0.75]);
    for (const layer of model.layers) expect(Object.hasOwn(layer, 'call')).to.equal(false);
    model.dispose();
    x.dispose();
  });

  it('runs on the weights that evaluation sees, and leaves those that train', async () => {
    const x = tf.tensor2d(rows);
    const y = tf.zeros([12, 2]);
    const model = norms();
    model.compile({optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError'});
    const injection = inject(model).use(new EMA({decay: 0.5}));
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const training = model.layers[0]!.getWeights()[0]!.dataSync().slice();
    recalibrateBatchNorm(model, x, {batchSize: 12});
    expect(model.layers[0]!.getWeights()[0]!.dataSync()).to.deep.equal(training);
    const seen = statisticsOf(model);
    injection.eject();
    expect(model.layers[0]!.getWeights()[0]!.dataSync()).not.to.deep.equal(training);
    recalibrateBatchNorm(model, x, {batchSize: 12});
    expect(statisticsOf(model)).to.deep.equal(seen);
    model.dispose();
    tf.dispose([x, y]);
  });

  for (const modelCase of modelCases.filter(({name}) => /BatchNorm|nested/.test(name)) as ModelCase[]) {
    it(`leaves the model fit for training: ${modelCase.name}`, async () => {
      const model = modelCase.make('sgd');
      inject(model);
      const {x, y} = modelCase.data();
      const {numTensors} = tf.memory();
      const start = weightsOf(model);
      recalibrateBatchNorm(model, x, {batchSize: modelCase.batchSize});
      expect(tf.memory().numTensors).to.equal(numTensors);
      const moved = weightsOf(model).filter((values, i) => `${values}` !== `${start[i]}`);
      expect(moved).to.have.length(2);
      await trainOnBatches(model, modelCase, 0, 2);
      expect(tf.memory().numTensors).to.equal(numTensors);
      model.dispose();
      tf.dispose([x, y]);
    });
  }

  it('leaves the states of recurrent layers as they are', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.simpleRNN({
          units: 2,
          stateful: true,
          batchInputShape: [4, 3, 2],
          dropout: 0.3,
          recurrentInitializer: 'glorotUniform',
        }),
        tfl.layers.batchNormalization({}),
      ],
    });
    const x = tf.randomNormal([8, 3, 2], 0, 1, 'float32', 1);
    tf.dispose(model.predict(x, {batchSize: 4}));
    const stateOf = () =>
      (model.layers[0] as unknown as {states_: tf.Tensor[]}).states_.map(state => [...state.dataSync()]);
    const before = stateOf();
    const {numTensors} = tf.memory();
    recalibrateBatchNorm(model, x, {batchSize: 4});
    expect(stateOf()).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
    x.dispose();
  });

  it('refuses what makes no sense, before anything has changed', async () => {
    const [model, x] = [norms(), tf.tensor2d(rows)];
    const plain = tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [3]})]});
    const empty = tf.zeros([0, 3]);
    const before = weightsOf(model);
    await refuses('INVALID_OPTION', ['BatchNormalization', plain.name], () => recalibrateBatchNorm(plain, x));
    for (const [bad, words] of [
      [[], 'received []'],
      ['x', 'received "x"'],
      [undefined, 'received undefined'],
      [empty, 'of shape [0,3]'],
    ] as const) {
      await refuses('INVALID_OPTION', ['x of recalibrateBatchNorm', words], () =>
        recalibrateBatchNorm(model, bad as never),
      );
    }
    await refuses('INVALID_OPTION', ['needs a tf.LayersModel'], () => recalibrateBatchNorm({} as never, x));
    await refuses('INVALID_OPTION', ['batchSize'], () => recalibrateBatchNorm(model, x, {batchSize: 0}));
    await refuses('UNKNOWN_OPTION', ['batchsize'], () =>
      recalibrateBatchNorm(model, x, {batchsize: 1} as never),
    );
    const wide = tf.zeros([4, 7]);
    const {numTensors} = tf.memory();
    expect(() => recalibrateBatchNorm(model, wide)).to.throw();
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(weightsOf(model)).to.deep.equal(before);
    for (const each of [model, plain]) each.dispose();
    tf.dispose([x, empty, wide]);
  });
});
