import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, inject, Lookahead, type LookaheadOptions, SGD} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {heunOracle, lookaheadOracle, momentumOracle} from '../support/oracles.js';
import {gradientFlow, logisticRegression, rosenbrock} from '../support/problems.js';
import {distance, trajectoryOfModel, trajectoryOfOracle} from '../support/trajectories.js';

const [dense] = modelCases as [ModelCase];

/** What Lookahead is put around: the compiled optimizer, and what takes its seat. */
const inners: Record<string, {compileWith: () => tf.Optimizer; seat: (model: LayersModel) => unknown}> = {
  'tf.train.sgd': {compileWith: () => tf.train.sgd(0.1), seat: inject},
  'tf.train.adam': {compileWith: () => tf.train.adam(0.02), seat: inject},
  'SGD with momentum': {
    compileWith: () => tf.train.sgd(1),
    seat: model => new SGD({learningRate: 0.05, momentum: 0.9}).inject(model),
  },
  Heun: {compileWith: () => tf.train.sgd(1), seat: model => new Heun({learningRate: 0.1}).inject(model)},
};

/** All weights after each of `steps` batches, and the slow ones with them. */
async function train(inner: keyof typeof inners, steps: number, options?: LookaheadOptions) {
  const {compileWith, seat} = inners[inner]!;
  const model = dense.make(compileWith());
  seat(model);
  const lookahead = options && new Lookahead(options);
  const read = () => weightsOf(model).flatMap(values => [...values]);
  const slow = () => {
    const {weights} = inject(model);
    const slots = inject(model).slotsOf(lookahead!);
    return weights.flatMap(weight => [...slots.read('slow', weight, 'weight').dataSync()]);
  };
  lookahead?.inject(model);
  const fast = [read()];
  const slowAfter = lookahead ? [slow()] : [];
  for (let step = 0; step < steps; step++) {
    await trainOnBatches(model, dense, step, step + 1);
    fast.push(read());
    if (lookahead) slowAfter.push(slow());
  }
  model.dispose();
  return {fast, slow: slowAfter};
}

for (const inner of Object.keys(inners)) {
  describe(`Lookahead around ${inner}`, () => {
    let alone: number[][];
    before(async () => {
      alone = (await train(inner, 20)).fast;
    });

    for (const k of [1, 2, 5, 6, 20]) {
      it(`leaves the first ${k - 1} steps alone, and is at start + alpha·(fast − start) after step ${k}`, async () => {
        const [start, goal] = [alone[0]!, alone[k]!];
        expect(distance([goal], [start])).to.be.above(1e-3);
        for (const alpha of [0, 0.5, 0.8, 1]) {
          const {fast, slow} = await train(inner, k, {k, alpha});
          expect(fast.slice(0, k), 'before the sync').to.deep.equal(alone.slice(0, k));
          for (const weights of slow.slice(0, k)) expect(weights, 'slow until the sync').to.deep.equal(start);
          const expected = start.map((value, i) => value + alpha * (goal[i]! - value));
          expect(distance([fast[k]!], [expected]), `alpha ${alpha}`).to.be.below(1e-6);
          expect(slow[k], 'slow = fast after the sync').to.deep.equal(fast[k]);
        }
      });
    }

    it('is the optimizer alone, bit for bit, with alpha = 1 and any k', async () => {
      for (const k of [1, 3])
        expect((await train(inner, 7, {k, alpha: 1})).fast).to.deep.equal(alone.slice(0, 8));
    });

    it('comes back to the start at each sync with alpha = 0', async () => {
      const {fast} = await train(inner, 6, {k: 3, alpha: 0});
      expect([fast[3], fast[6]]).to.deep.equal([alone[0], alone[0]]);
      expect(fast[5]).not.to.deep.equal(alone[0]);
    });
  });
}

describe('Lookahead', () => {
  it('takes its steps and its sync by numbers', async () => {
    // One weight at 1, loss 2·w, α = 0.1: 0.8, 0.6, then 1 + ½·(0.6 − 1) = 0.8; again 0.6, 0.4, then 0.8 + ½·(0.4 − 0.8)
    const line = {
      ...gradientFlow,
      weights: [{name: 'w', shape: [], start: [1]}],
      loss: ([w]: readonly tf.Tensor[]) => tf.mul(w!, 2) as tf.Scalar,
    };
    const follow = () =>
      trajectoryOfModel(tf.train.sgd(0.1), model => new Lookahead({k: 2, alpha: 0.5}).inject(model), line, 4);
    expect(distance(await follow(), [[1], [0.8], [0.8], [0.6], [0.6]])).to.be.below(2e-7);
  });

  it('has k = 5 and alpha = 0.5 where none are given', async () => {
    expect((await train('tf.train.sgd', 11, {})).fast).to.deep.equal(
      (await train('tf.train.sgd', 11, {k: 5, alpha: 0.5})).fast,
    );
  });

  it('follows algorithm 1 of the paper over 60 steps, the velocity going on through each sync', async () => {
    for (const problem of [rosenbrock, logisticRegression]) {
      const {learningRate} = problem;
      const pairs = [
        {
          optimizer: () => new SGD({learningRate, momentum: 0.9}),
          oracle: momentumOracle(learningRate, 0.9, false),
        },
        {optimizer: () => new Heun({learningRate}), oracle: heunOracle(learningRate)},
      ];
      for (const {optimizer, oracle} of pairs) {
        const actual = await trajectoryOfModel(
          tf.train.sgd(1),
          model => {
            optimizer().inject(model);
            return new Lookahead({k: 6, alpha: 0.8}).inject(model);
          },
          problem,
          60,
        );
        const expected = trajectoryOfOracle(lookaheadOracle(oracle, 6, 0.8), problem, 60);
        expect(distance(actual, expected)).to.be.below(1e-5);
        expect(distance([actual[60]!], [actual[0]!])).to.be.above(0.1);
      }
    }
  });

  it('is the same put around Heun before and after Heun takes the seat', async () => {
    const ends = [];
    for (const isFirst of [true, false]) {
      const model = dense.make('sgd');
      const lookahead = new Lookahead({k: 3, alpha: 0.5});
      if (isFirst) lookahead.inject(model);
      new Heun({learningRate: 0.1}).inject(model);
      if (!isFirst) lookahead.inject(model);
      await trainOnBatches(model, dense, 0, 7);
      expect(inject(model).plugins).to.deep.equal([lookahead]);
      ends.push(weightsOf(model));
      model.dispose();
    }
    expect(ends[0]).to.deep.equal(ends[1]);
  });

  it('refuses a second one on the same model, and the first goes on', async () => {
    const model = dense.make('sgd');
    const injection = new Lookahead({k: 1, alpha: 0}).inject(model);
    const start = weightsOf(model);
    expect(() => new Lookahead().inject(model)).to.throw('PLUGIN_CONFLICT');
    await trainOnBatches(model, dense, 0, 2);
    expect(weightsOf(model)).to.deep.equal(start);
    expect(injection.plugins).to.have.length(1);
    model.dispose();
  });
});
