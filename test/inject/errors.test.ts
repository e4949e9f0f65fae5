import {createRequire} from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {Heun, inject, Lookahead, SGD} from '../../src/index.js';
import {refuses} from '../support/refuses.js';

function dense(): tfl.Sequential {
  const layers = [
    tfl.layers.dense({units: 2, inputShape: [2], kernelInitializer: 'ones'}),
    tfl.layers.dense({units: 1, kernelInitializer: 'ones'}),
  ];
  return tfl.sequential({layers});
}

function compiled(optimizer: string | tf.Optimizer = 'sgd'): tfl.Sequential {
  const model = dense();
  model.compile({optimizer, loss: 'meanSquaredError'});
  return model;
}

const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const y = tf.tensor2d([1, 0], [2, 1]);

/** The model trains as one that nothing was ever done to. */
async function trainsNatively(model: tfl.LayersModel): Promise<void> {
  const native = compiled();
  native.setWeights(model.getWeights());
  for (const one of [model, native]) await one.trainOnBatch(x, y);
  const [ours, theirs] = [model, native].map(one => one.getWeights().map(weight => weight.arraySync()));
  expect(ours).to.deep.equal(theirs);
}

describe('an InjectError about the model', () => {
  it('MODEL_NOT_COMPILED asks to compile first', async () => {
    const words = ['You must compile your model before using it.'];
    const model = dense();
    await refuses('MODEL_NOT_COMPILED', words, () => inject(model));
    await refuses('MODEL_NOT_COMPILED', words, () => new Heun().inject(model));
    await refuses('MODEL_NOT_COMPILED', words, () => new Lookahead().inject(model));
  });

  it('MODEL_DISPOSED refuses a model without weights', async () => {
    const model = compiled();
    model.dispose();
    await refuses('MODEL_DISPOSED', ['must not be disposed'], () => inject(model));
  });

  for (const way of ['trainOnBatch', 'fit'] as const) {
    it(`MODEL_DISPOSED is said by ${way} of a model that was disposed of after inject`, async () => {
      const model = compiled();
      inject(model).use(new Lookahead());
      model.dispose();
      const words = ['must not be disposed', `'${model.name}'`];
      await refuses('MODEL_DISPOSED', words, () =>
        way === 'fit' ? model.fit(x, y, {verbose: 0}) : model.trainOnBatch(x, y),
      );
    });

    it(`MODEL_DISPOSED is said by ${way} where a weight is no more`, async () => {
      const model = compiled();
      inject(model);
      model.layers[1]!.dispose();
      await refuses('MODEL_DISPOSED', [`'${model.name}`], () =>
        way === 'fit' ? model.fit(x, y, {verbose: 0}) : model.trainOnBatch(x, y),
      );
    });
  }

  for (const place of ['onBatchEnd', 'onEpochEnd'] as const) {
    it(`MODEL_DISPOSED is said where ${place} disposes of the model, by the dispose() itself`, async () => {
      const model = compiled();
      inject(model).use(new Lookahead());
      const disposing = async () => void model.dispose();
      const callbacks = {[place]: disposing};
      const error = await model
        .fit(x, y, {verbose: 0, epochs: 3, batchSize: 1, callbacks})
        .catch(thrown => thrown);
      const words = ['must not be disposed', `'${model.name}'`];
      await refuses('MODEL_DISPOSED', words, () => Promise.reject(error));
      expect(error.stack).to.contain('disposing');
    });
  }

  it('INVALID_OPTION names what was given in place of a model', async () => {
    await refuses('INVALID_OPTION', ['tf.LayersModel', 'null'], () => inject(null as never));
    await refuses('INVALID_OPTION', ['tf.LayersModel', 'layers'], () => inject({layers: []} as never));
  });

  it('DUPLICATE_TFJS is said of a model from a second copy of tfjs', async () => {
    const {sequential, layers} = secondCopyOfLayers();
    const model = sequential({layers: [layers.dense({units: 1, inputShape: [1], name: 'ofTheSecondCopy'})]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    await refuses('DUPLICATE_TFJS', ['one copy', 'npm ls @tensorflow/tfjs-core'], () => inject(model));
  });

  it('MODEL_RECOMPILED names eject(), after which the model is native again', async () => {
    const model = compiled();
    // Natively compile leaves the rate of the optimizer that it replaces behind.
    model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
    const {numTensors} = tf.memory();
    const injection = new Lookahead().inject(model);
    model.compile({optimizer: new SGD(), loss: 'meanSquaredError'});
    const words = ['eject()', 'compile()', model.name];
    await refuses('MODEL_RECOMPILED', words, () => model.trainOnBatch(x, y));
    await refuses('MODEL_RECOMPILED', words, () => model.fit(x, y, {verbose: 0}));
    await refuses('MODEL_RECOMPILED', words, () => injection.use(new Lookahead()));
    injection.eject();
    expect(tf.memory().numTensors - numTensors).to.equal(0);
    await trainsNatively(model);
  });

  it('MODEL_RECOMPILED is said of a functional model and of another optimizer in its place', async () => {
    const input = tfl.input({shape: [2]});
    const output = tfl.layers.dense({units: 1}).apply(input) as tfl.SymbolicTensor;
    const model = tfl.model({inputs: input, outputs: output});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const injection = inject(model);
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    await refuses('MODEL_RECOMPILED', ['eject()'], () => model.trainOnBatch(x, y));
    injection.eject();
    inject(model);
    model.optimizer = tf.train.sgd(0.1);
    await refuses('MODEL_RECOMPILED', ['eject()'], () => model.trainOnBatch(x, y));
  });

  it('TRAINING refuses inject, use and eject in the middle of fit', async () => {
    const [fresh, injected] = [compiled(), compiled()];
    const injection = inject(injected);
    const attempts: [string, tfl.LayersModel, () => unknown][] = [
      ['inject', fresh, () => inject(fresh)],
      ['inject', injected, () => new Heun().inject(injected)],
      ['use()', injected, () => injection.use(new Lookahead())],
      ['eject()', injected, () => injection.eject()],
    ];
    for (const [what, model, attempt] of attempts) {
      let refused = 0;
      const onBatchEnd = async () => {
        await refuses('TRAINING', [what, 'between calls of fit'], attempt);
        refused++;
      };
      await model.fit(x, y, {verbose: 0, callbacks: {onBatchEnd}});
      expect(refused).to.equal(1);
    }
    expect(injection.plugins).to.deep.equal([]);
    expect(injection.optimizer.getClassName()).to.equal('SGD');
  });
});

/** tfjs-layers and the core that it brings, as a program loads them that has each twice in its node_modules. */
function secondCopyOfLayers(): typeof tfl {
  const require = createRequire(import.meta.url);
  const {warn} = console;
  const first = Object.entries(require.cache).filter(([path]) => path.includes('@tensorflow'));
  for (const [path] of first) delete require.cache[path];
  console.warn = () => {};
  try {
    const layers = require('@tensorflow/tfjs-layers');
    expect(layers.sequential).not.to.equal(tfl.sequential);
    return layers;
  } finally {
    console.warn = warn;
    for (const path of Object.keys(require.cache))
      if (path.includes('@tensorflow')) delete require.cache[path];
    for (const [path, module] of first) require.cache[path] = module;
  }
}
