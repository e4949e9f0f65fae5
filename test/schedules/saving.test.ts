import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import {type LayersModel, loadLayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {build} from 'esbuild';
import {
  Adam,
  type InjectOptimizer,
  inject,
  LearningRate,
  Lookahead,
  Muon,
  Partitions,
  type Schedule,
  SGD,
  schedules,
  WeightDecay,
} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';
import {refuses} from '../support/refuses.js';

const [dense] = modelCases as [ModelCase];

interface Golden {
  readonly schedule: keyof typeof schedules;
  readonly options: object;
  readonly values: number[];
}
const goldens: Golden[] = JSON.parse(
  readFileSync(new URL('../golden/schedules.json', import.meta.url), 'utf8'),
);

/** Through model.save, JSON and loadLayersModel. */
async function saveAndLoad(model: LayersModel): Promise<LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async saved => {
    artifacts = {...JSON.parse(JSON.stringify(saved)), weightData: saved.weightData};
    return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
  });
  await model.save(handler, {includeOptimizer: true});
  return loadLayersModel(tf.io.fromMemory(artifacts!));
}

/** An SGD from a file whose learning rate is this. */
const load = (saved: unknown) =>
  SGD.fromConfig(SGD, {learningRate: {name: JSON.stringify(saved)}} as never) as SGD;

const nested = schedules.warmup({
  warmupSteps: 2,
  initialValue: 0.01,
  schedule: schedules.sequence({
    schedules: [
      0.05,
      schedules.product({schedules: [0.5, schedules.oneCycle({maxValue: 0.2, totalSteps: 8})]}),
    ],
    boundaries: [2],
  }),
});
const expectSame = (actual: unknown, expected: Schedule) => {
  expect(actual).to.be.a('function');
  for (let step = 0; step < 30; step++) expect((actual as Schedule)(step)).to.equal(expected(step));
};

describe('A schedule as an option, saved and loaded', () => {
  goldens.forEach(({schedule, options, values}, number) => {
    it(`${number + 1}: gives the values that it was saved with: ${schedule}`, () => {
      const first = load({schedule, options});
      const again = SGD.fromConfig(SGD, JSON.parse(JSON.stringify(first.getConfig()))) as SGD;
      for (const {learningRate} of [first, again]) {
        values.forEach((value, step) => {
          expect((learningRate as Schedule)(step)).to.be.closeTo(value, 1e-12);
        });
      }
      expect(again.getConfig()).to.deep.equal(first.getConfig());
    });
  });

  it('comes back through model.save and loadLayersModel, and training goes on as if never stopped, bit for bit', async () => {
    const model = dense.make('sgd');
    new Adam({learningRate: nested, beta1: 0.8}).inject(model);
    await trainOnBatches(model, dense, 0, 3);
    const loaded = await saveAndLoad(model);
    const {options, learningRate} = loaded.optimizer as Adam;
    expectSame(learningRate, nested);
    expectSame(options.learningRate, nested);
    expect(options.beta1).to.equal(0.8);
    inject(loaded);
    const interrupted = weightsOf(model);
    for (const each of [model, loaded]) await trainOnBatches(each, dense, 3, 8);
    expect(weightsOf(model)).not.to.deep.equal(interrupted);
    expect(weightsOf(loaded)).to.deep.equal(weightsOf(model));
    for (const each of [model, loaded]) each.dispose();
  });

  it('comes back where it was assigned to the optimizer later', async () => {
    const model = dense.make('sgd');
    const optimizer = new SGD({learningRate: 0.1});
    optimizer.inject(model);
    optimizer.learningRate = nested;
    const loaded = await saveAndLoad(model);
    expectSame((loaded.optimizer as InjectOptimizer).learningRate, nested);
    for (const each of [model, loaded]) each.dispose();
  });

  it('comes back inside the options of Partitions and Muon', async () => {
    const kernels = schedules.exponential({initialValue: 0.3, decayRate: 0.9});
    const made = {
      Partitions: new Partitions({
        optimizer: new Adam({learningRate: nested}),
        partitions: [
          {weights: 'no/such', options: {learningRate: kernels}},
          {weights: /kernel/, optimizer: new SGD({learningRate: kernels})},
        ],
      }),
      Muon: new Muon({learningRate: nested, adamW: {learningRate: kernels}}),
    };
    for (const optimizer of Object.values(made)) {
      const model = dense.make(optimizer as InjectOptimizer);
      const loaded = await saveAndLoad(model);
      expectSame((loaded.optimizer as InjectOptimizer).learningRate, nested);
      if (loaded.optimizer instanceof Partitions) {
        const {optimizer: main, partitions} = loaded.optimizer.options;
        expectSame(main.learningRate, nested);
        expectSame((partitions[0]!.options as {learningRate: unknown}).learningRate, kernels);
        expectSame(partitions[1]!.optimizer!.learningRate, kernels);
      } else expectSame((loaded.optimizer as unknown as Muon).options.adamW.learningRate, kernels);
      for (const each of [model, loaded]) each.dispose();
    }
  });

  it("comes back in plugins' configs, with the weights that a selector chooses", () => {
    const [rate, ahead, decay] = [
      new LearningRate({learningRate: nested}),
      new Lookahead({k: schedules.piecewiseConstant({boundaries: [3], values: [2, 5]})}),
      new WeightDecay({weightDecay: nested, weights: ['an_Output', /_Kernel$/i]}),
    ].map(plugin => {
      const Class = plugin.constructor as typeof WeightDecay;
      return Class.fromConfig(Class as never, JSON.parse(JSON.stringify(plugin.getConfig())));
    }) as [LearningRate, Lookahead, WeightDecay];
    expectSame(rate.options.learningRate, nested);
    expect([0, 2, 3, 4].map(ahead.options.k as Schedule)).to.deep.equal([2, 2, 5, 5]);
    expect(ahead.options.alpha).to.equal(0.5);
    expectSame(decay.options.weightDecay, nested);
    expect(decay.options.weights).to.deep.equal(['an_Output', /_Kernel$/i]);
    const all = WeightDecay.fromConfig(WeightDecay as never, new WeightDecay().getConfig()) as WeightDecay;
    expect(all.options).to.deep.equal(new WeightDecay().options);
  });

  it('is refused where a function of the user is in it, however deep', async () => {
    const user = (t: number) => 1 / (t + 1);
    const say = (says: string, make: () => unknown) =>
      refuses('INVALID_OPTION', ["one of 'schedules' to be saved", says], make);
    await say("learningRate of SGD is a function 'user'", () => new SGD({learningRate: user}).getConfig());
    await say('schedule of learningRate of SGD is', () =>
      new SGD({learningRate: schedules.warmup({warmupSteps: 1, schedule: user})}).getConfig(),
    );
    await say('schedules of learningRate of SGD[1] is', () =>
      new SGD({learningRate: schedules.product({schedules: [1, user]})}).getConfig(),
    );
    await say('learningRate of adamW of Muon is', () => new Muon({adamW: {learningRate: user}}).getConfig());
    await say('learningRate of SGD', () =>
      new Partitions({
        optimizer: new SGD(),
        partitions: [{weights: 'a', options: {learningRate: user}}],
      }).getConfig(),
    );
    await say('learningRate of LearningRate', () => new LearningRate({learningRate: user}).getConfig());
    await say('k of Lookahead', () => new Lookahead({k: user}).getConfig());
    await refuses('INVALID_OPTION', ['to be saved'], () =>
      new WeightDecay({weights: () => true}).getConfig(),
    );
  });

  it('is made by its name in the registry alone: nothing in a file is evaluated', async () => {
    for (const schedule of ['toString', '__proto__', 'constructor', 'unheardOf', 5, null]) {
      await refuses('INVALID_OPTION', ['{schedule, options}', 'register', 'cosine'], () =>
        load({schedule, options: {}}),
      );
    }
    for (const options of [undefined, null, [], 'x'])
      await refuses('INVALID_OPTION', ['{schedule, options}'], () => load({schedule: 'constant', options}));
    await refuses('INVALID_OPTION', ['value of schedules.constant'], () =>
      load({schedule: 'constant', options: {value: 'process.exit()'}}),
    );
    const own = JSON.parse('{"schedule": "constant", "options": {"value": 1, "__proto__": 1}}');
    await refuses('UNKNOWN_OPTION', ['__proto__'], () => load(own));
    // An option that only looks a little like one is taken for what it is.
    expect(() => SGD.fromConfig(SGD, {learningRate: {name: 'cosine'}} as never)).to.throw(
      'learningRate of SGD',
    );
  });
});

describe('A bundle', () => {
  it('with one schedule has that one alone, and can load it', async () => {
    const {outputFiles} = await build({
      stdin: {
        contents: `import {SGD} from './src/index.ts';
          import {cosine} from './src/schedules/index.ts';
          const {learningRate} = SGD.fromConfig(SGD, new SGD({learningRate: cosine({initialValue: 1, decaySteps: 2})}).getConfig());
          console.log(learningRate(1));`,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
        loader: 'ts',
      },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    });
    const text = outputFiles[0]!.text;
    expect(text).to.contain('decaySteps').and.to.contain('src/schedules/cosine.ts');
    for (const other of ['oneCycle', 'cosineRestarts', 'polynomial', 'sequence', 'warmup'])
      expect(text, other).not.to.contain(`src/schedules/${other}.ts`);
  });
});
