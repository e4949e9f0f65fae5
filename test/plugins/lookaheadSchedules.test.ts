import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Lookahead, type LookaheadOptions} from '../../src/index.js';
import {lossModel, outputAsLoss} from '../support/lossModel.js';
import {gradientFlow, type Problem} from '../support/problems.js';
import {distance, trajectoryOfModel} from '../support/trajectories.js';

/** One weight at 0 and a gradient of −1: with a rate of 1 each step adds 1. */
const count: Problem = {
  ...gradientFlow,
  weights: [{name: 'w', shape: [], start: [0]}],
  loss: ([w]) => tf.neg(w!) as tf.Scalar,
};

async function follow(options: LookaheadOptions, steps: number): Promise<number[]> {
  const inject = (model: Parameters<Lookahead['inject']>[0]) => new Lookahead(options).inject(model);
  return (await trajectoryOfModel(tf.train.sgd(1), inject, count, steps)).flat();
}

const expectNear = (actual: number[], expected: number[]) =>
  expect(distance([actual], [expected])).to.be.below(1e-6);

describe('The schedules of Lookahead', () => {
  it('give alpha by the syncs that were completed', async () => {
    const asked: number[] = [];
    const alpha = (syncs: number) => {
      asked.push(syncs);
      return [1, 0.5, 0.25][syncs]!;
    };
    // 1, 2 → 2;  3, 4 → 2 + 0.5·2 = 3;  4, 5 → 3 + 0.25·2 = 3.5
    expectNear(await follow({k: 2, alpha}, 6), [0, 1, 2, 3, 3, 4, 3.5]);
    expect(asked).to.deep.equal([0, 1, 2]);
  });

  it('give k by the syncs that were completed', async () => {
    // Syncs after 1, then 2, then 3 further steps, each half-way: 0.5;  1.5, (2.5 → 1.5);  2.5, 3.5, (4.5 → 3)
    const k = (syncs: number) => syncs + 1;
    expectNear(await follow({k, alpha: 0.5}, 7), [0, 0.5, 1.5, 1.5, 2.5, 3.5, 3, 4]);
  });

  it('may shorten k below the steps that were already taken: the sync comes with the next step', async () => {
    let asked = 0;
    expectNear(await follow({k: () => (++asked < 4 ? 10 : 2), alpha: 0}, 5), [0, 1, 2, 3, 0, 1]);
  });

  it('are refused when they give what makes no sense: the step is completed, and nothing is synced', async () => {
    const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
    for (const options of [{k: () => 0}, {k: 1, alpha: () => 2}, {k: () => 1.5}] as LookaheadOptions[]) {
      const model = lossModel(count.weights, weights => count.loss(weights));
      model.compile({optimizer: tf.train.sgd(1), loss: outputAsLoss});
      const injection = new Lookahead(options).inject(model);
      const message = await model.trainOnBatch(x, y).then(
        () => 'nothing was thrown',
        (error: Error) => error.message,
      );
      expect(message).to.match(/INVALID_OPTION: (k|alpha) of Lookahead .* after 0 syncs/);
      expect(injection.iterations).to.equal(1);
      expect(model.getWeights()[0]!.dataSync()[0]).to.equal(1);
      model.dispose();
    }
    tf.dispose([x, y]);
  });
});
