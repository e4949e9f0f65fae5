import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {AccumulateGradients, InjectOptimizer, inject, LBFGS, SGD, updateGroup} from '../../src/index.js';
import {cut, windowModel} from '../support/accumulate.js';
import {bend, bendGradient, type Point} from '../support/bend.js';
import {Bomb, compileVisited, visitedModel} from '../support/bomb.js';
import {refuses} from '../support/refuses.js';
import {bitsOf, countsOf, stateOf} from '../support/stateOf.js';

const bits = (model: tfl.LayersModel) => model.getWeights().map(bitsOf);

/** Gradient descent that evaluates further on its way: at each of the given shifts of every element, and at none. */
class Looks extends InjectOptimizer {
  readonly seen: {loss: number; gradients: number[][]}[] = [];

  constructor(private readonly shifts: readonly number[]) {
    super({learningRate: 0.1});
  }

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'looks',
        evaluates: true,
        compute: ({weights, loss, learningRate, evaluateAt}) => {
          this.seen.length = 0;
          const note = (value: tf.Tensor, gradients: readonly tf.Tensor[]) =>
            this.seen.push({
              loss: value.dataSync()[0]!,
              gradients: gradients.map(gradient => [...gradient.dataSync()]),
            });
          note(
            loss!,
            weights.map(({gradient}) => gradient),
          );
          for (const shift of this.shifts) {
            const there = evaluateAt(weights.map(({weight}) => tf.fill(weight.shape, shift)));
            note(there.loss, there.gradients);
          }
          return weights.map(({weight, gradient}) => ({
            weight: tf.sub(weight, tf.mul(gradient, learningRate)),
          }));
        },
      }),
    ];
  }
}

const randomModel = (optimizer: string | tf.Optimizer = 'sgd') => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 4, inputShape: [3], activation: 'tanh', kernelInitializer: 'ones'}),
      tfl.layers.batchNormalization({}),
      tfl.layers.dropout({rate: 0.5}),
      tfl.layers.dense({units: 1, kernelInitializer: 'ones'}),
    ],
  });
  model.compile({optimizer, loss: 'meanSquaredError', metrics: ['mae']});
  return model;
};

describe('a group that evaluates', () => {
  it('is given loss and gradients at the displaced weights, in the order of its weights', () => {
    const {a, b, loss, at, dispose} = bend();
    const optimizer = new Looks([0.25, -2, 0]);
    optimizer.minimize(loss, false, [b, a]);
    const points: Point[] = [0, 0.25, -2, 0].map(shift => [1 + shift, -0.5 + shift]);
    for (const [i, point] of points.entries()) {
      const [da, db] = bendGradient(point);
      const [p, q] = point;
      expect(optimizer.seen[i]!.loss).to.be.closeTo(0.5 * (p * p + 10 * q * q) + p * q + p ** 4, 1e-5);
      expect(optimizer.seen[i]!.gradients.flat()[0]).to.be.closeTo(db, 1e-5);
      expect(optimizer.seen[i]!.gradients.flat()[1]).to.be.closeTo(da, 1e-5);
    }
    expect(at()[0]).to.be.closeTo(1 - 0.1 * bendGradient([1, -0.5])[0], 1e-6);
    dispose();
  });

  it('moves metrics and statistics once, and leaves the bits of a step without further evaluations', async () => {
    const [x, y] = cut(0, 32);
    const [looking, plain] = [randomModel(), randomModel()];
    plain.setWeights(looking.getWeights());
    const before = bits(looking);
    for (const [model, optimizer] of [
      [looking, new Looks([0.1, -0.3, 0.2, 0])],
      [plain, new SGD({learningRate: 0.1})],
    ] as const) {
      inject(model, {seed: 4});
      optimizer.inject(model);
    }
    for (let step = 0; step < 2; step++) {
      const [one, other] = [await looking.trainOnBatch(x, y), await plain.trainOnBatch(x, y)];
      expect(one).to.deep.equal(other);
      expect(bits(looking)).to.deep.equal(bits(plain));
    }
    expect(bits(looking)).not.to.deep.equal(before);
    for (const model of [looking, plain]) model.dispose();
  });

  it('sees one set of dropout masks in all evaluations, and new ones in the next step', async () => {
    const [x, y] = cut(0, 32);
    const model = randomModel();
    const optimizer = new Looks([0, 0, 0]);
    optimizer.inject(model);
    const before = bits(model);
    await model.trainOnBatch(x, y);
    expect(new Set(optimizer.seen.map(({loss}) => loss)).size).to.equal(1);
    const [first] = optimizer.seen;
    for (const {gradients} of optimizer.seen) expect(gradients).to.deep.equal(first!.gradients);
    expect(bits(model)).not.to.deep.equal(before);
    model.dispose();
  });
});

describe('LBFGS, which evaluates within its step,', () => {
  it('reports metrics and moves statistics by the first evaluation alone', async () => {
    const [x, y] = cut(0, 32);
    const [model, twin] = [randomModel(), randomModel()];
    twin.setWeights(model.getWeights());
    // At a learning rate of 0 the twin's step is its first evaluation.
    const seeded = (of: tfl.LayersModel, rate: number) => {
      const injection = inject(of, {seed: 9});
      new LBFGS({learningRate: rate}).inject(of);
      return injection;
    };
    const injections = [seeded(model, 1), seeded(twin, 0)];
    const [reported, expected] = [await model.trainOnBatch(x, y), await twin.trainOnBatch(x, y)];
    expect(reported).to.deep.equal(expected);
    const moving = (of: tfl.LayersModel) => of.layers[1]!.getWeights().slice(2).map(bitsOf);
    expect(moving(model)).to.deep.equal(moving(twin));
    expect(bits(model)).not.to.deep.equal(bits(twin));
    for (const injection of injections) injection.eject();
    for (const each of [model, twin]) each.dispose();
  });

  it('takes everything back where any of its evaluations throws', async () => {
    const [x, y] = [tf.randomNormal([8, 2], 0, 1, 'float32', 1), tf.randomNormal([8, 1], 0, 1, 'float32', 2)];
    const bomb = new Bomb();
    const model = visitedModel('BatchNorm and dropout', false, bomb);
    compileVisited(model, 'sgd', bomb);
    const injection = new LBFGS({maxIterations: 3, maxEvaluations: 25}).inject(model);
    for (let step = 0; step < 2; step++) {
      const before = JSON.stringify(stateOf(model, injection));
      const counts = countsOf(model);
      let failing = 1;
      for (; ; failing++) {
        bomb.arm(failing);
        const outcome = await model.trainOnBatch(x, y).then(
          () => 'done',
          (error: Error) => error,
        );
        if (outcome === 'done') break;
        expect(outcome).to.equal(bomb.error);
        expect(JSON.stringify(stateOf(model, injection)), `place ${failing}`).to.equal(before);
        expect(countsOf(model), `place ${failing}`).to.deep.equal(counts);
      }
      // Loss and layer of each evaluation, and two more for the metric.
      expect(failing).to.be.above(6);
      expect(JSON.stringify(stateOf(model, injection))).not.to.equal(before);
    }
    model.dispose();
  });

  it('is refused by its code without inject, and where gradients are all that there is', async () => {
    const [x, y] = cut(0, 32);
    const model = randomModel(new LBFGS());
    await refuses('NOT_INJECTED', ['LBFGS', 'inject(model)'], () => model.trainOnBatch(x, y));
    const weight = tf.variable(tf.scalar(1));
    const gradients = {[weight.name]: tf.scalar(1)};
    await refuses('NEEDS_LOSS', ['LBFGS', 'minimize'], () => new LBFGS().applyGradients(gradients));
    model.dispose();
  });

  it('leaks no tensor however many evaluations a step takes', async () => {
    const [x, y] = cut(0, 64);
    const model = windowModel();
    const injection = new LBFGS({maxIterations: 1, maxEvaluations: 2}).inject(model);
    await model.trainOnBatch(x, y);
    const {numTensors, numDataBuffers} = tf.memory();
    for (const maxIterations of [1, 5, 20]) {
      injection.eject();
      const next = new LBFGS({maxIterations}).inject(model);
      for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
      expect(tf.memory()).to.deep.include({numTensors, numDataBuffers});
      next.eject();
    }
    model.dispose();
  });

  it('makes 4 × 16 rows that are accumulated equal one batch of 64', async () => {
    const [accumulated, whole] = [windowModel(), windowModel()];
    const options = {maxIterations: 3, maxEvaluations: 25};
    new AccumulateGradients({steps: 4}).inject(accumulated);
    const injection = new LBFGS(options).inject(accumulated);
    new LBFGS(options).inject(whole);
    const start = bits(whole);
    for (let i = 0; i < 2; i++) {
      for (let row = 0; row < 64; row += 16) await accumulated.trainOnBatch(...cut(row, 16));
      await whole.trainOnBatch(...cut(0, 64));
    }
    expect(injection.iterations).to.equal(2);
    expect(bits(whole)).not.to.deep.equal(start);
    const values = (of: tfl.LayersModel) => of.getWeights().flatMap(weight => [...weight.dataSync()]);
    const expected = values(whole);
    values(accumulated).forEach((value, i) => {
      expect(value).to.be.closeTo(expected[i]!, 1e-4);
    });
    for (const each of [accumulated, whole]) each.dispose();
  });
});
