import {expect} from 'chai';
import {AccumulateGradients, Adam, Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {cut, expectClose, trainers, windowModel} from '../support/accumulate.js';
import {refuses} from '../support/refuses.js';

const optimizers = {
  SGD: () => new SGD({learningRate: 0.1, momentum: 0.5}),
  Adam: () => new Adam({learningRate: 0.01}),
  Heun: () => new Heun({learningRate: 0.1}),
};

describe('AccumulateGradients', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    for (const isFull of [true, false]) {
      const rows = isFull ? 64 : 57;
      it(`of four batches equals one of ${rows} rows${isFull ? '' : ', the last batch ragged'}: ${name} in Lookahead with a schedule`, async () => {
        const models = [windowModel(), windowModel()] as const;
        for (const [i, model] of models.entries()) {
          const optimizer = make();
          optimizer.learningRate = iterations => 0.1 / (1 + iterations);
          const injection = optimizer.inject(model).use(new Lookahead({k: 2}));
          if (i === 0) injection.use(new AccumulateGradients({steps: 4}));
        }
        const [accumulated, whole] = models;
        await trainers.fit(accumulated, 16, rows, 3);
        for (let epoch = 0; epoch < 3; epoch++) await trainers.trainOnBatch(whole, rows, rows, 1);
        expect(inject(accumulated).iterations).to.equal(3);
        inject(accumulated).eject();
        inject(whole).eject();
        expectClose(accumulated, whole, name === 'Adam' ? 1e-5 : 6e-7);
      });
    }
  }

  it('leaves a window that is not full to flush() in trainOnBatch', async () => {
    const [accumulated, whole] = [windowModel(), windowModel()];
    const injection = new AccumulateGradients({steps: 3}).inject(accumulated);
    for (const [from, rows] of [
      [0, 16],
      [16, 9],
    ] as const)
      await accumulated.trainOnBatch(...cut(from, rows));
    expect(injection.iterations).to.equal(0);
    injection.flush();
    expect(injection.iterations).to.equal(1);
    injection.flush();
    expect(injection.iterations).to.equal(1);
    await whole.trainOnBatch(...cut(0, 25));
    expectClose(accumulated, whole);
  });

  it('is one on a model', async () => {
    const model = windowModel();
    new AccumulateGradients().inject(model);
    await refuses('PLUGIN_CONFLICT', ['one AccumulateGradients'], () =>
      new AccumulateGradients().inject(model),
    );
  });
});
