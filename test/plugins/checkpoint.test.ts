import {cpSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  BestWeights,
  Checkpoint,
  type CheckpointOptions,
  EMA,
  Heun,
  InjectError,
  type Injection,
  inject,
  LearningRateFinder,
  Lookahead,
  stages,
} from '../../src/index.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';
import {datasetOf} from '../support/training.js';
import {warningsOf} from '../support/warnings.js';

const batchSize = 4;
const rows = 12;
const perEpoch = rows / batchSize;
const x = tf.randomNormal([rows, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([rows, 1], 0, 1, 'float32', 2);

function makeModel(): tfl.LayersModel {
  const initializer = (seed: number) => tfl.initializers.glorotUniform({seed});
  const model = tfl.sequential({
    name: 'resumed',
    layers: [
      tfl.layers.dense({
        name: 'a',
        units: 5,
        inputShape: [3],
        activation: 'tanh',
        kernelInitializer: initializer(3),
      }),
      tfl.layers.dropout({name: 'drop', rate: 0.3}),
      tfl.layers.dense({name: 'b', units: 1, kernelInitializer: initializer(4)}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae']});
  return model;
}

const stacks: Record<string, (injection: Injection) => void> = {
  'Adam in Lookahead and EMA': injection => {
    new Adam({learningRate: 0.05}).inject(injection.model!);
    injection.use(new Lookahead({k: 3})).use(new EMA({decay: 0.8}));
  },
  'an accumulating Heun': injection => {
    new Heun({learningRate: 0.1}).inject(injection.model!);
    injection.use(new AccumulateGradients({steps: 2}));
  },
};

const silent = {verbose: 0, yieldEvery: 'never'} as const;
type Train = (model: tfl.LayersModel, callback: object) => Promise<unknown[]>;

/** Two calls each, so that one may be broken off and one be over. */
const trainings: Record<string, Train> = {
  'fit, shuffled by the seed': async (model, callbacks) => {
    const args = {...silent, batchSize, epochs: 2, callbacks};
    return [await model.fit(x, y, args), await model.fit(x, y, args)].map(({history}) => history);
  },
  'fit in its own order, with validation': async (model, callbacks) => {
    const args = {
      ...silent,
      batchSize,
      epochs: 2,
      shuffle: false,
      validationData: [x, y] as [tf.Tensor, tf.Tensor],
      callbacks,
    };
    return [await model.fit(x, y, args), await model.fit(x, y, args)].map(({history}) => history);
  },
  fitDataset: async (model, callbacks) => {
    const args = {...silent, epochs: 2, callbacks};
    const data = () => datasetOf({x, y}, batchSize);
    return [await model.fitDataset(data(), args), await model.fitDataset(data(), args)].map(
      ({history}) => history,
    );
  },
};

function begin(use: (injection: Injection) => void, options: CheckpointOptions) {
  const model = makeModel();
  const injection = inject(model, {seed: 9});
  use(injection);
  const checkpoint = new Checkpoint(options);
  injection.use(checkpoint);
  return {model, injection, checkpoint};
}

const bitsOf = ({allWeights, model}: Injection) =>
  [...allWeights.map(({variable}) => variable), ...model!.getWeights()].map(tensor => [...tensor.dataSync()]);

describe('Checkpoint', () => {
  let folder: TemporaryFolder;
  let run: string;
  beforeEach(() => {
    folder = new TemporaryFolder();
    run = join(folder.path, 'run');
  });
  afterEach(() => folder.remove());

  for (const [stack, use] of Object.entries(stacks)) {
    for (const [name, train] of Object.entries(trainings)) {
      it(`goes on from every batch to the same bits and logs: ${name}, with ${stack}`, async () => {
        const url = `file://${run}`;
        const {model, injection, checkpoint} = begin(use, {
          url,
          keep: 1000,
          everyEpochs: 1000,
          resume: 'never',
        });
        // What was on the disk after each batch.
        let saved = 0;
        injection.hooks.boundary.tapPromise({name: 'each', stage: 100}, async ({kind}) => {
          if (kind !== 'batch') return;
          await checkpoint.save();
          cpSync(run, join(folder.path, String(saved++)), {recursive: true});
        });
        const wanted = (await train(model, {})) as tfl.History['history'][];
        const bits = bitsOf(injection);
        expect(saved).to.equal(4 * perEpoch);

        for (const at of [...Array(saved).keys()]) {
          const again = begin(use, {url: `file://${join(folder.path, String(at))}`, everyEpochs: 1000});
          const histories = (await train(again.model, {})) as tfl.History['history'][];
          expect(bitsOf(again.injection), `after batch ${at}`).to.deep.equal(bits);
          const epoch = Math.floor((at + 1) / perEpoch - 1e-9);
          // Each epoch reports what it reported, also one that goes on from its middle, or from its last batch.
          for (const log of ['loss', 'mae']) {
            const reported = (of: tfl.History['history'][]) => of.flatMap(history => history[log] ?? []);
            expect(reported(histories), `${log} after batch ${at}`).to.deep.equal(
              reported(wanted).slice(epoch),
            );
          }
          again.injection.eject();
          again.model.dispose();
        }
        injection.eject();
        model.dispose();
      });
    }
  }

  it('tells a loop of trainOnBatch where to go on', async () => {
    const url = `file://${run}`;
    const loop = async (stopAt: number) => {
      const {model, injection, checkpoint} = begin(stacks['Adam in Lookahead and EMA']!, {
        url,
        everySteps: 1,
      });
      const at = (await checkpoint.resume()) ?? {epoch: 0, batch: 0, iterations: 0};
      expect(at.iterations).to.equal(at.epoch * perEpoch + at.batch);
      for (let epoch = at.epoch; epoch < 3; epoch++) {
        for (let batch = epoch === at.epoch ? at.batch : 0; batch < perEpoch; batch++) {
          if (injection.iterations === stopAt) return {at, bits: bitsOf(injection)};
          const from = batch * batchSize;
          await model.trainOnBatch(tf.slice(x, from, batchSize), tf.slice(y, from, batchSize));
        }
        await injection.passBoundary('epoch');
      }
      return {at, bits: bitsOf(injection)};
    };
    const {bits} = await loop(-1);
    rmSync(run, {recursive: true});
    await loop(5);
    const {at, bits: resumed} = await loop(-1);
    expect([at.epoch, at.batch]).to.deep.equal([1, 2]);
    expect(resumed).to.deep.equal(bits);
  });

  it('goes on after a stop where it is told from which epoch', async () => {
    const url = `file://${run}`;
    const train = async (initialEpoch: number, stopAfter?: number) => {
      const {model, injection, checkpoint} = begin(stacks['Adam in Lookahead and EMA']!, {url});
      const onEpochEnd = (epoch: number) => {
        if (epoch === stopAfter) model.stopTraining = true;
      };
      await model.fit(x, y, {...silent, batchSize, epochs: 4, initialEpoch, callbacks: {onEpochEnd}});
      return {injection, checkpoint};
    };
    await train(0, 1);
    expect((await train(0)).injection.iterations).to.equal(2 * perEpoch);
    const paused = begin(stacks['Adam in Lookahead and EMA']!, {url}).checkpoint;
    const {epoch, isStopped} = (await paused.resume())!;
    expect([epoch, isStopped]).to.deep.equal([2, true]);
    const {injection, checkpoint} = await train(epoch);
    expect(injection.iterations).to.equal(4 * perEpoch);
    expect((await checkpoint.resume())!.isStopped).to.equal(false);
    rmSync(run, {recursive: true});
    expect(await checkpoint.resume()).to.equal(undefined);
  });

  it('tells a loop that it was stopped', async () => {
    const url = `file://${run}`;
    const loop = async () => {
      const {model, injection, checkpoint} = begin(stacks['Adam in Lookahead and EMA']!, {url});
      injection.hooks.boundary.tap('patience', ({kind, stop}) => {
        if (kind === 'epoch' && injection.iterations >= 2) stop();
      });
      const {epoch: first = 0, isStopped = false} = (await checkpoint.resume()) ?? {};
      for (let epoch = first; epoch < 4 && !isStopped && !injection.isStopped; epoch++) {
        await model.trainOnBatch(x, y);
        await injection.passBoundary('epoch');
      }
      await injection.passBoundary('train');
      return injection.iterations;
    };
    expect([await loop(), await loop()]).to.deep.equal([2, 2]);
  });

  it('is due by steps, epochs or minutes, at the end of training, and keeps the newest', async () => {
    const names = () => readdirSync(run).map(name => Number(name.slice('step-'.length)));
    const namesAfter = async (options: Omit<CheckpointOptions, 'url'>, epochs = 3) => {
      rmSync(run, {recursive: true, force: true});
      const {model, injection} = begin(stacks['Adam in Lookahead and EMA']!, {
        url: `file://${run}`,
        keep: 100,
        ...options,
      });
      await model.fit(x, y, {...silent, batchSize, epochs});
      injection.eject();
      model.dispose();
      return names();
    };
    expect(await namesAfter({})).to.deep.equal([3, 6, 9]);
    expect(await namesAfter({everyEpochs: 2})).to.deep.equal([6, 9]);
    expect(await namesAfter({everySteps: 4})).to.deep.equal([4, 8, 9]);
    expect(await namesAfter({everySteps: 2, keep: 2})).to.deep.equal([8, 9]);
    const {now} = Date;
    let minutes = 0;
    Date.now = () => minutes++ * 60_000;
    try {
      // The clock is looked at once at each boundary that asks, and once where one was saved.
      expect((await namesAfter({everyMinutes: 1000})).length).to.equal(1);
      expect((await namesAfter({everyMinutes: 0.5})).length).to.equal(9);
    } finally {
      Date.now = now;
    }
  });

  it('keeps the best as well, by a log', async () => {
    const {model, injection} = begin(stacks['Adam in Lookahead and EMA']!, {
      url: `file://${run}`,
      keep: 1,
      keepBest: true,
      monitor: 'score',
      mode: 'max',
    });
    const scores = [1, 5, 2, Number.NaN, 4];
    injection.hooks.boundary.tap({name: 'scores', stage: stages.report}, ({kind, logs}) => {
      if (kind === 'epoch') logs.score = scores.shift()!;
    });
    await model.fit(x, y, {...silent, batchSize, epochs: 5});
    expect(readdirSync(run)).to.deep.equal(['step-000000006', 'step-000000015']);
  });

  it('takes the one before where the newest is not whole, with a warning, and refuses other training', async () => {
    const url = `file://${run}`;
    const {model} = begin(stacks['Adam in Lookahead and EMA']!, {url});
    await model.fit(x, y, {...silent, batchSize, epochs: 2});
    const newest = join(run, 'step-000000006');
    const [weights] = readdirSync(newest).filter(name => name.endsWith('.bin'));
    writeFileSync(join(newest, weights!), 'torn');
    // As a save leaves it that was killed before its first file.
    mkdirSync(join(run, 'step-000000009'));
    const again = begin(stacks['Adam in Lookahead and EMA']!, {url});
    const warnings = await warningsOf(async () => {
      expect((await again.checkpoint.resume())!.iterations).to.equal(3);
    });
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.include('step-000000009 is not whole').and.include('CHECKPOINT_MISSING');
    expect(warnings[1]).to.include('step-000000006 is not whole').and.include('CHECKPOINT_DAMAGED');

    const other = begin(stacks['an accumulating Heun']!, {url});
    const error = await other.model.fit(x, y, {...silent, batchSize}).then(
      () => expect.fail('it was taken'),
      (thrown: InjectError) => thrown,
    );
    expect(error).to.be.instanceOf(InjectError);
    expect(error.code).to.equal('CHECKPOINT_MISMATCH');
    expect(other.injection.iterations).to.equal(0);
  });

  it('refuses other training each time, and leaves what that has saved', async () => {
    const url = `file://${run}`;
    const first = begin(stacks['Adam in Lookahead and EMA']!, {url});
    await first.model.fit(x, y, {...silent, batchSize, epochs: 2});
    const names = readdirSync(run);
    const other = begin(stacks['an accumulating Heun']!, {url});
    for (const attempt of [1, 2]) {
      const error = await other.model.fit(x, y, {...silent, batchSize}).then(
        () => expect.fail(`it was taken at attempt ${attempt}`),
        (thrown: InjectError) => thrown,
      );
      expect(error.code).to.equal('CHECKPOINT_MISMATCH');
    }
    expect(readdirSync(run)).to.deep.equal(names);
    const again = begin(stacks['Adam in Lookahead and EMA']!, {url});
    expect((await again.checkpoint.resume())!.iterations).to.equal(2 * perEpoch);
  });

  const stops: Record<string, (injection: Injection) => object> = {
    "a plugin's patience": injection => {
      injection.hooks.boundary.tap({name: 'score', stage: stages.report}, ({kind, logs}) => {
        if (kind === 'epoch') logs.score = -injection.iterations;
      });
      injection.use(new BestWeights({monitor: 'score', mode: 'max', patience: 1}));
      return {};
    },
    "tfjs's earlyStopping": () => tfl.callbacks.earlyStopping({monitor: 'loss', mode: 'max', patience: 1}),
    'stopTraining after an epoch': ({model}) => ({
      onEpochEnd: (epoch: number) => {
        if (epoch === 1) model!.stopTraining = true;
      },
    }),
    'stopTraining after a batch': ({model, iterations}) => {
      let batches = iterations;
      return {
        onBatchEnd: () => {
          if (++batches === perEpoch + 1) model!.stopTraining = true;
        },
      };
    },
  };
  for (const [way, stop] of Object.entries(stops)) {
    for (const every of [{everyEpochs: 1}, {everySteps: 1}, {everySteps: 1000}]) {
      it(`knows that a fit is over that was stopped early: ${way}, ${JSON.stringify(every)}`, async () => {
        const program = async (breakAt: number) => {
          const {model, injection} = begin(stacks['Adam in Lookahead and EMA']!, {
            url: `file://${run}`,
            ...every,
          });
          const args = {...silent, batchSize, epochs: 6};
          await model.fit(x, y, {...args, callbacks: stop(injection)});
          const first = injection.iterations;
          const crash = () => {
            if (injection.iterations - first === breakAt) throw new Error('crash');
          };
          await model.fit(x, y, {...args, epochs: 1, callbacks: {onBatchEnd: crash}}).catch(() => {});
          return {first, bits: bitsOf(injection)};
        };
        const wanted = await program(-1);
        expect(wanted.first).to.be.below(3 * perEpoch);
        rmSync(run, {recursive: true});
        await program(1);
        const {bits} = await program(-1);
        expect(bits).to.deep.equal(wanted.bits);
      });
    }
  }

  it('throws what the disk gives, or warns and tries again', async () => {
    const blocked = folder.write('file', 'not a folder');
    const url = `file://${blocked}`;
    const strict = begin(stacks['Adam in Lookahead and EMA']!, {url, resume: 'never'});
    const error = await strict.model.fit(x, y, {...silent, batchSize}).then(
      () => expect.fail('it was written'),
      (thrown: {code?: string}) => thrown,
    );
    expect(error.code).to.be.oneOf(['ENOTDIR', 'EEXIST']);
    const lenient = begin(stacks['Adam in Lookahead and EMA']!, {url, resume: 'never', onFailure: 'warn'});
    const warnings = await warningsOf(() => lenient.model.fit(x, y, {...silent, batchSize, epochs: 2}));
    expect(warnings.length).to.equal(3);
    expect(lenient.injection.iterations).to.equal(6);
  });

  it('is silent while a search is under way, and resumes after it', async () => {
    const url = `file://${run}`;
    const finder = () => new LearningRateFinder({steps: 8});
    const first = begin(stacks['Adam in Lookahead and EMA']!, {url});
    first.injection.use(finder());
    await first.model.fit(x, y, {...silent, batchSize, epochs: 2});
    const names = readdirSync(run);
    const second = begin(stacks['Adam in Lookahead and EMA']!, {url, everySteps: 1});
    const searching = finder();
    second.injection.use(searching);
    await searching.search(() => second.model.fit(x, y, {...silent, batchSize, epochs: 5}));
    expect(readdirSync(run)).to.deep.equal(names);
    expect(second.injection.iterations).to.equal(0);
    const {epoch} = await second.model.fit(x, y, {...silent, batchSize, epochs: 3});
    expect(epoch).to.deep.equal([2]);
    expect(second.injection.iterations).to.equal(9);
  });

  it('draws no random number: masks that follow from them are as they would be without it', async () => {
    const {random} = Math;
    let drawn = 0;
    const count = () => {
      drawn++;
      return random();
    };
    const {checkpoint} = begin(stacks['Adam in Lookahead and EMA']!, {url: `file://${run}`});
    Math.random = count;
    try {
      await checkpoint.save();
      await checkpoint.resume();
    } finally {
      Math.random = random;
    }
    expect(drawn).to.equal(0);
  });

  it('is one per model, and must be injected', async () => {
    const {injection, checkpoint} = begin(() => {}, {url: `file://${run}`});
    expect(() => injection.use(new Checkpoint({url: `file://${run}`}))).to.throw(
      'PLUGIN_CONFLICT: a model takes one Checkpoint',
    );
    const loose = new Checkpoint({url: `file://${run}`});
    for (const call of [() => loose.save(), () => loose.resume()]) {
      const error = await call().then(
        () => expect.fail('it went on'),
        (thrown: InjectError) => thrown,
      );
      expect(error.code).to.equal('NOT_INJECTED');
    }
    expect(await checkpoint.resume()).to.equal(undefined);
  });
});
