import {expect} from 'chai';
import {AccumulateGradients, Heun, ScheduleFreeSGD, SGD} from '../../src/index.js';
import {cut, expectClose, trainers, windowModel} from '../support/accumulate.js';
import {bitsOf} from '../support/stateOf.js';

const optimizers = {
  SGD: () => new SGD({learningRate: 0.1, momentum: 0.5}),
  Heun: () => new Heun({learningRate: 0.1}),
  ScheduleFreeSGD: () => new ScheduleFreeSGD({learningRate: 0.1}),
};

describe('a plugin that postpones k − 1 of k batches', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    for (const [call, train] of Object.entries(trainers)) {
      it(`makes ${name} over 4 × 16 rows equal one batch of 64, in ${call}`, async () => {
        const [accumulated, whole] = [windowModel(), windowModel()];
        const injection = new AccumulateGradients({steps: 4}).inject(accumulated);
        make().inject(accumulated);
        make().inject(whole);
        const start = accumulated.getWeights().map(bitsOf);
        await train(accumulated, 16, 64, 3);
        await trainers.trainOnBatch(whole, 64, 64, 3);
        expectClose(accumulated, whole);
        expect(accumulated.getWeights().map(bitsOf)).not.to.deep.equal(start);
        expect(injection.iterations).to.equal(3);
      });

      if (call === 'trainOnBatch') continue;
      it(`weighs a ragged batch by its rows, and applies a partial window at the end of ${call}: ${name}`, async () => {
        const [accumulated, whole] = [windowModel(), windowModel()];
        const injection = new AccumulateGradients({steps: 3}).inject(accumulated);
        make().inject(accumulated);
        make().inject(whole);
        // 16 + 16 + 16 rows, then 9 alone.
        await train(accumulated, 16, 57, 1);
        for (const [from, size] of [
          [0, 48],
          [48, 9],
        ] as const)
          await whole.trainOnBatch(...cut(from, size));
        expectClose(accumulated, whole);
        expect(injection.iterations).to.equal(2);
        // 16 + 16 + 1 rows in one window.
        await train(accumulated, 16, 33, 1);
        await whole.trainOnBatch(...cut(0, 33));
        expectClose(accumulated, whole, 6e-7);
      });
    }
  }
});
