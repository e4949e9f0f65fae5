import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {AccumulateGradients, Heun, ScheduleFreeSGD, SGD} from '../../src/index.js';
import {cut, expectClose, trainers, windowModel} from '../support/accumulate.js';
import {bitsOf} from '../support/stateOf.js';

const optimizers = {
  SGD: () => new SGD({learningRate: 0.1, momentum: 0.5}),
  Heun: () => new Heun({learningRate: 0.1}),
  ScheduleFreeSGD: () => new ScheduleFreeSGD({learningRate: 0.1}),
};

describe('an accumulation window', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    it(`tells hooks what becomes of each batch, and frees what it kept: ${name}`, async () => {
      const trained = windowModel();
      const native = tf.memory();
      const injection = make().inject(trained);
      new AccumulateGradients({steps: 3}).inject(trained);
      const outcomes: string[] = [];
      injection.hooks.afterBatch.tap('test', (_, outcome) => void outcomes.push(outcome));
      await trainers.trainOnBatch(trained, 16, 48, 1);
      const {numTensors, numBytes} = tf.memory();
      await trainers.trainOnBatch(trained, 16, 48, 2);
      expect(outcomes).to.deep.equal(Array(3).fill(['postponed', 'postponed', 'applied']).flat());
      expect(tf.memory()).to.include({numTensors, numBytes});
      await trainers.trainOnBatch(trained, 16, 32, 1);
      injection.eject();
      expect(tf.memory()).to.include({numTensors: native.numTensors, numBytes: native.numBytes});
    });

    it(`goes back to the same window after a throw in the middle: ${name}`, async () => {
      const [trained, twin] = [windowModel(), windowModel()];
      const injections = [trained, twin].map(one => {
        const injection = make().inject(one);
        return injection.use(new AccumulateGradients({steps: 3}));
      });
      const error = new Error('mid-window');
      let isArmed = false;
      for (const hook of ['afterBatch', 'evaluated'] as const) {
        const {hooks} = injections[0]!;
        (hooks[hook] as {tap(name: string, tap: () => undefined): void}).tap('test', () => {
          if (isArmed) throw error;
          return undefined;
        });
      }
      for (let i = 0; i < 6; i++) {
        const [xs, ys] = cut(8 * i, 8);
        const before = {weights: trained.getWeights().map(bitsOf), ...tf.memory()};
        isArmed = true;
        let caught: unknown;
        // In the third batch 'evaluated' throws before the commit; in the others 'afterBatch' while postponing.
        await trained.trainOnBatch(xs, ys).catch(thrown => {
          caught = thrown;
        });
        expect(caught).to.equal(error);
        expect({weights: trained.getWeights().map(bitsOf), ...tf.memory()}).to.deep.equal(before);
        isArmed = false;
        for (const one of [trained, twin]) await one.trainOnBatch(xs, ys);
      }
      expect(trained.getWeights().map(bitsOf)).to.deep.equal(twin.getWeights().map(bitsOf));
      expect(injections.map(({iterations}) => iterations)).to.deep.equal([2, 2]);
    });
  }

  it('is emptied, with one warning, where weights are written in mid-window', async () => {
    const [written, fresh] = [windowModel(), windowModel()];
    for (const one of [written, fresh]) {
      new Heun({learningRate: 0.1}).inject(one);
      new AccumulateGradients({steps: 3}).inject(one);
    }
    const {warn} = console;
    const warnings: string[] = [];
    console.warn = (message: string) => warnings.push(message);
    try {
      await trainers.trainOnBatch(written, 8, 16, 1);
      for (const one of [written, fresh])
        tf.tidy(() => one.setWeights(one.getWeights().map(w => tf.ones(w.shape))));
      for (const one of [written, fresh]) await trainers.trainOnBatch(one, 16, 48, 1);
    } finally {
      console.warn = warn;
    }
    expect(written.getWeights().map(bitsOf)).to.deep.equal(fresh.getWeights().map(bitsOf));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('accumulation window').and.to.contain('2 batch(es)');
  });

  it('may keep a partial window beyond the end of fit', async () => {
    const [kept, whole] = [windowModel(), windowModel()];
    const injection = new SGD({learningRate: 0.1}).inject(kept);
    new SGD({learningRate: 0.1}).inject(whole);
    injection.hooks.window.tap('test', (evaluations, {isFinal}) =>
      isFinal || evaluations.length < 3 ? 'postpone' : evaluations,
    );
    await trainers.fit(kept, 16, 32, 1);
    expect(injection.iterations).to.equal(0);
    await kept.trainOnBatch(...cut(32, 16));
    await whole.trainOnBatch(...cut(0, 48));
    expectClose(kept, whole);
    expect(injection.iterations).to.equal(1);
  });

  it('must let the batch that has come take part', async () => {
    const trained = windowModel();
    const {numTensors} = tf.memory();
    const injection = new SGD().inject(trained);
    let isPostponing = true;
    injection.hooks.window.tap('test', evaluations =>
      isPostponing || evaluations === 'postpone' ? 'postpone' : evaluations.slice(0, 1),
    );
    await trainers.trainOnBatch(trained, 16, 16, 1);
    isPostponing = false;
    const before = trained.getWeights().map(bitsOf);
    let error: unknown;
    await trainers.trainOnBatch(trained, 16, 16, 1).catch(thrown => {
      error = thrown;
    });
    expect(error).to.have.property('code', 'INVALID_OPTION');
    expect(trained.getWeights().map(bitsOf)).to.deep.equal(before);
    injection.eject();
    // The two slices that the test's own trainOnBatch had no time to free.
    expect(tf.memory().numTensors).to.equal(numTensors + 2);
  });
});
