import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  type AdamOptions,
  AdamW,
  ExtraGradient,
  Heun,
  InjectOptimizer,
  inject,
  LBFGS,
  LearningRate,
  Muon,
  Partitions,
  Prodigy,
  ScheduleFreeAdamW,
  ScheduleFreeSGD,
  SGD,
  schedules,
  updateGroup,
  WeightDecay,
} from '../../src/index.js';
import {expectClose, trainers, windowModel} from '../support/accumulate.js';
import {trainOnBatches} from '../support/batches.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {type ModelCase, modelCases, weightsOf, withSeed} from '../support/models.js';
import {type Oracle, plus} from '../support/oracles.js';
import {logisticRegression, rosenbrock} from '../support/problems.js';
import {refuses} from '../support/refuses.js';
import {distance, trajectoryOfModel, trajectoryOfOracle} from '../support/trajectories.js';

const [dense, normed] = modelCases as [ModelCase, ModelCase];

/** The weights after six batches. */
async function end(
  modelCase: ModelCase,
  seat: (model: LayersModel) => unknown,
  optimizer: tf.Optimizer | 'sgd' = 'sgd',
) {
  const model = modelCase.make(optimizer);
  seat(model);
  await withSeed(5, () => trainOnBatches(model, modelCase, 0, 6));
  const weights = weightsOf(model);
  model.dispose();
  return weights;
}

const flat = (weights: Float32Array[]) => weights.flatMap(values => [...values]);

describe('WeightDecay', () => {
  const dialects: [
    Omit<AdamOptions, 'weightDecay' | 'decay'>,
    {weightDecay?: number; decay?: 'decoupled' | 'independent'},
  ][] = [
    [{learningRate: 0.02}, {weightDecay: 0.3}],
    [{learningRate: 0.02}, {weightDecay: 0.05, decay: 'independent'}],
    [{learningRate: schedules.polynomial({initialValue: 0.1, decaySteps: 5})}, {weightDecay: 0.7}],
    [{learningRate: 0.02, amsgrad: true, epsilonOn: 'uncorrected'}, {}],
  ];
  for (const [options, decay] of dialects) {
    for (const modelCase of [dense, normed]) {
      const text = JSON.stringify({...options, ...decay});
      it(`around Adam is AdamW, bit for bit, on ${modelCase.name}, with ${text}`, async () => {
        const plain = await end(modelCase, model => new Adam(options).inject(model));
        const plugin = await end(modelCase, model =>
          new Adam(options).inject(model).use(new WeightDecay(decay)),
        );
        const adamW = await end(modelCase, model => new AdamW({...options, ...decay}).inject(model));
        expect(plugin).to.deep.equal(adamW);
        expect(distance([flat(plain)], [flat(plugin)])).to.be.above(1e-4);
      });
    }
  }

  it("around tf.train.adam is AdamW with tfjs's epsilon, to rounding, a schedule included", async () => {
    const learningRate = schedules.exponential({initialValue: 0.05, decayRate: 0.8});
    const compiled = await end(
      dense,
      model => {
        new LearningRate({learningRate}).inject(model);
        new WeightDecay({weightDecay: 0.5}).inject(model);
      },
      tf.train.adam(0.9),
    );
    const adamW = await end(dense, model =>
      new AdamW({learningRate, weightDecay: 0.5, epsilon: 1e-7}).inject(model),
    );
    expect(distance([flat(compiled)], [flat(adamW)])).to.be.below(2e-5);
  });

  it('takes its steps by numbers', async () => {
    // w = 1, gradient 5w − 3 = 2, α = 0.25: 1 − ¼·½·1 − ¼·2 = 0.375; then the gradient −1.125, and
    // 0.375 − ⅛·0.375 + ¼·1.125 = 0.609375. Independent: 1 − ½·1 − ½ = 0, then 0 − 0 + ¾ = 0.75.
    for (const [decay, expected] of [
      ['decoupled', [0.375, 0.609375]],
      ['independent', [0, 0.75]],
    ] as const) {
      const model = lineModel(tf.train.sgd(0.25));
      new WeightDecay({weightDecay: 0.5, decay}).inject(model);
      for (const weight of expected) {
        await model.trainOnBatch(x, y);
        expect(weightOf(model)).to.equal(weight);
      }
      model.dispose();
    }
  });

  it('decays once in a step of several phases, before the first update, over 60 steps in double precision', async () => {
    const [lambda, decayRate] = [0.2, 0.97];
    for (const problem of [rosenbrock, logisticRegression]) {
      const {learningRate} = problem;
      const oracle = (): Oracle => {
        let step = 0;
        return (weights, gradient) => {
          const shrink = learningRate * lambda * decayRate ** step++;
          const decayed = plus(weights, -shrink, weights);
          const first = gradient(weights);
          const second = gradient(plus(decayed, -learningRate, first));
          return plus(plus(decayed, -learningRate / 2, first), -learningRate / 2, second);
        };
      };
      const actual = await trajectoryOfModel(
        tf.train.sgd(1),
        model => {
          new Heun({learningRate}).inject(model);
          const weightDecay = schedules.exponential({initialValue: lambda, decayRate});
          return new WeightDecay({weightDecay}).inject(model);
        },
        problem,
        60,
      );
      expect(distance(actual, trajectoryOfOracle(oracle(), problem, 60))).to.be.below(1e-5);
      expect(distance([actual[60]!], [actual[0]!])).to.be.above(0.1);
    }
  });

  it('decays the chosen weights alone: as Partitions with a decay of 0 for the others, bit for bit', async () => {
    const plugin = await end(dense, model => {
      new Adam({learningRate: 0.02}).inject(model);
      new WeightDecay({weightDecay: 0.4, weights: /kernel$/}).inject(model);
    });
    const partitions = [{weights: /bias$/, options: {weightDecay: 0}}];
    const optimizer = new AdamW({learningRate: 0.02, weightDecay: 0.4});
    expect(plugin).to.deep.equal(
      await end(dense, model => new Partitions({optimizer, partitions}).inject(model)),
    );
    const all = await end(dense, model => new AdamW({learningRate: 0.02, weightDecay: 0.4}).inject(model));
    expect(plugin).not.to.deep.equal(all);
  });

  it('asks a predicate once for each weight, and refuses a selector that chooses none', async () => {
    const model = dense.make('sgd');
    const asked: string[] = [];
    const weights = ({key}: {key: string}) => asked.push(key) > 0;
    const injection = new WeightDecay({weights}).inject(model);
    asked.length = 0;
    await trainOnBatches(model, dense, 0, 3);
    expect(asked).to.deep.equal(injection.weights.map(({key}) => key));
    model.dispose();
    const other = dense.make('sgd');
    await refuses('INVALID_OPTION', ['weights of WeightDecay', '"lost"'], () =>
      new WeightDecay({weights: ['lost']}).inject(other),
    );
    other.dispose();
  });

  it('decays in a hand-written loop, where the weights come with the first step', async () => {
    const [kernel, bias] = ['loop/kernel', 'loop/bias'].map(name => tf.variable(tf.scalar(1), true, name));
    const loss = () => tf.add(tf.square(kernel!), tf.square(bias!)) as tf.Scalar;
    const optimizer = tf.train.sgd(0.25);
    const injection = inject(optimizer).use(new WeightDecay({weightDecay: 0.5, weights: 'loop/kernel'}));
    optimizer.minimize(loss, false, [kernel!, bias!]);
    // 1 − ¼·½ − ¼·2, and without the decay 1 − ¼·2.
    expect([kernel!, bias!].map(weight => weight.dataSync()[0])).to.deep.equal([0.375, 0.5]);
    // A step that has none of the chosen ones.
    optimizer.minimize(() => tf.square(bias!) as tf.Scalar, false, [bias!]);
    expect([kernel!, bias!].map(weight => weight.dataSync()[0])).to.deep.equal([0.375, 0.25]);
    injection.eject();
    tf.dispose([kernel!, bias!]);
    optimizer.dispose();
  });

  it('leaves alone what is frozen, and what has no gradient', async () => {
    const model = dense.make('sgd');
    const injection = new SGD({learningRate: 0.1}).inject(model);
    injection.use(new WeightDecay({weightDecay: 1}));
    const [kernel, , output] = injection.weights;
    injection.hooks.gradients.tap(
      'drop',
      gradients => new Map([...gradients].filter(([weight]) => weight !== output)),
    );
    const before = weightsOf(model);
    kernel!.variable.trainable = false;
    await trainOnBatches(model, dense, 0, 2);
    const after = weightsOf(model);
    for (const i of [0, 2]) expect(after[i]).to.deep.equal(before[i]);
    for (const i of [1, 3]) expect(after[i]).not.to.deep.equal(before[i]);
    model.dispose();
  });

  it('goes on from what the user writes in between, as AdamW does', async () => {
    const ends = [];
    for (const isPlugin of [true, false]) {
      const model = dense.make('sgd');
      const injection = isPlugin
        ? new Adam({learningRate: 0.05}).inject(model).use(new WeightDecay({weightDecay: 0.5}))
        : new AdamW({learningRate: 0.05, weightDecay: 0.5}).inject(model);
      await trainOnBatches(model, dense, 0, 3);
      tf.tidy(() => model.setWeights(model.getWeights().map(weight => tf.add(tf.mul(weight, 0.5), 0.25))));
      await trainOnBatches(model, dense, 3, 6);
      expect(injection.iterations).to.equal(6);
      ends.push(weightsOf(model));
      model.dispose();
    }
    expect(ends[0]).to.deep.equal(ends[1]);
  });

  it('decays once for a window of batches: four of 16 rows are as one of 64', async () => {
    const [accumulated, whole] = [windowModel(), windowModel()];
    new AccumulateGradients({steps: 4}).inject(accumulated);
    for (const model of [accumulated, whole]) {
      new SGD({learningRate: 0.1, momentum: 0.5}).inject(model);
      new WeightDecay({weightDecay: 0.8}).inject(model);
    }
    await trainers.fit(accumulated, 16, 64, 3);
    await trainers.trainOnBatch(whole, 64, 64, 3);
    expectClose(accumulated, whole);
    for (const model of [accumulated, whole]) model.dispose();
  });

  for (const phase of [0, 1]) {
    it(`leaves no decay behind in a step that is skipped in phase ${phase + 1}`, async () => {
      const model = dense.make('sgd');
      const injection = new Heun({learningRate: 0.1}).inject(model).use(new WeightDecay({weightDecay: 0.5}));
      const before = weightsOf(model);
      let isSkipped = true;
      injection.hooks.skip.tap('test', ({index}) =>
        isSkipped && index === phase ? {reason: 'test', action: 'rollback'} : (undefined as never),
      );
      await trainOnBatches(model, dense, 0, 2);
      expect(weightsOf(model)).to.deep.equal(before);
      expect(injection.iterations).to.equal(0);
      isSkipped = false;
      await trainOnBatches(model, dense, 0, 1);
      expect(weightsOf(model)).not.to.deep.equal(before);
      model.dispose();
    });

    it(`is taken back by a throw in phase ${phase + 1}, to the last bit and tensor, and training goes on from there`, async () => {
      const [model, undisturbed] = [dense.make('sgd'), dense.make('sgd')];
      const seat = (of: LayersModel) =>
        new Heun({learningRate: 0.1}).inject(of).use(new WeightDecay({weightDecay: 0.5}));
      const injection = seat(model);
      seat(undisturbed);
      await trainOnBatches(model, dense, 0, 2);
      await trainOnBatches(undisturbed, dense, 0, 2);
      const before = weightsOf(model);
      const {numTensors} = tf.memory();
      const error = new Error('in the middle');
      let isArmed = true;
      injection.hooks.gradients.tap({name: 'test', stage: 1000}, (_, {index}) => {
        if (!isArmed || index !== phase) return;
        // The decay has been written by now.
        expect(weightsOf(model)).not.to.deep.equal(before);
        throw error;
      });
      const thrown = await trainOnBatches(model, dense, 2, 3).catch(caught => caught);
      expect(thrown).to.equal(error);
      expect(weightsOf(model)).to.deep.equal(before);
      expect(injection.iterations).to.equal(2);
      expect(tf.memory().numTensors).to.equal(numTensors);
      isArmed = false;
      for (const each of [model, undisturbed]) await trainOnBatches(each, dense, 2, 4);
      expect(weightsOf(model)).to.deep.equal(weightsOf(undisturbed));
      for (const each of [model, undisturbed]) each.dispose();
    });
  }

  it('refuses a λ that a schedule may not give, in the step, which then changes nothing', async () => {
    const model = lineModel(tf.train.sgd(0.25));
    new WeightDecay({weightDecay: t => (t < 1 ? 0.5 : -1)}).inject(model);
    await model.trainOnBatch(x, y);
    await refuses('INVALID_OPTION', ['weightDecay of WeightDecay', 'after 1 steps'], () =>
      model.trainOnBatch(x, y),
    );
    expect(weightOf(model)).to.equal(0.375);
    model.dispose();
  });

  const refused: Record<string, [() => InjectOptimizer, string]> = {
    ScheduleFreeSGD: [() => new ScheduleFreeSGD(), "slot 'z'"],
    ScheduleFreeAdamW: [() => new ScheduleFreeAdamW(), "slot 'z'"],
    Prodigy: [() => new Prodigy(), "slot 'start'"],
    ExtraGradient: [() => new ExtraGradient(), "slot 'start'"],
    'Partitions with ScheduleFreeSGD': [
      () =>
        new Partitions({
          optimizer: new SGD(),
          partitions: [{weights: /bias$/, optimizer: new ScheduleFreeSGD()}],
        }),
      "slot 'z'",
    ],
    LBFGS: [() => new LBFGS(), 'searches along a line'],
    'an optimizer whose groups depend on the step': [() => new Generated(), 'groups are fixed'],
  };
  for (const [name, [make, says]] of Object.entries(refused)) {
    it(`is refused around ${name}, whichever comes first, and who was there stays`, async () => {
      const model = dense.make('sgd');
      const optimizer = make();
      const injection = optimizer.inject(model);
      await refuses('PLUGIN_CONFLICT', [says], () => injection.use(new WeightDecay()));
      expect(injection.plugins).to.deep.equal([]);
      injection.eject();
      const decay = new WeightDecay({weightDecay: 0.5});
      const other = decay.inject(model);
      await refuses('PLUGIN_CONFLICT', [says], () => make().inject(model));
      expect(other.plugins).to.deep.equal([decay]);
      expect(other.optimizer.getClassName()).to.equal('SGD');
      await trainOnBatches(model, dense, 0, 1);
      model.dispose();
    });
  }

  it('is refused where weights would decay twice, and where there is no rate to decay by', async () => {
    const model = lineModel();
    new AdamW().inject(model);
    await refuses('PLUGIN_CONFLICT', ['AdamW has a weightDecay of its own, 0.01'], () =>
      new WeightDecay().inject(model),
    );
    model.dispose();

    const late = lineModel();
    new WeightDecay().inject(late);
    await refuses('PLUGIN_CONFLICT', ['one WeightDecay'], () => new WeightDecay().inject(late));
    new AdamW().inject(late);
    await refuses('PLUGIN_CONFLICT', ['must decay once'], () => late.trainOnBatch(x, y));
    expect(weightOf(late)).to.equal(1);
    late.dispose();

    const rateless = lineModel(Object.assign(tf.train.sgd(0.25), {learningRate: undefined}));
    await refuses('PLUGIN_CONFLICT', ["'decoupled' needs", 'SGD'], () => new WeightDecay().inject(rateless));
    new WeightDecay({weightDecay: 0.5, decay: 'independent'}).inject(rateless);
    await rateless.trainOnBatch(x, y);
    expect(weightOf(rateless)).to.equal(0);
    rateless.dispose();
  });

  const decaying: Record<string, [() => InjectOptimizer, string]> = {
    'the main optimizer of Partitions': [
      () =>
        new Partitions({optimizer: new AdamW(), partitions: [{weights: /bias$/, options: {weightDecay: 0}}]}),
      'AdamW within Partitions has a weightDecay of its own, 0.01',
    ],
    'the options of a part': [
      () =>
        new Partitions({optimizer: new SGD(), partitions: [{weights: /bias$/, options: {weightDecay: 0.5}}]}),
      'SGD within Partitions has a weightDecay of its own, 0.5',
    ],
    "a part's own optimizer": [
      () => new Partitions({optimizer: new Adam(), partitions: [{weights: /bias$/, optimizer: new AdamW()}]}),
      'AdamW within Partitions has',
    ],
    'Partitions within Partitions': [
      () => {
        const partitions = [{weights: /bias$/, optimizer: new Adam({weightDecay: 0.5})}];
        return new Partitions({
          optimizer: new Partitions({optimizer: new Adam(), partitions}),
          partitions: [{weights: /kernel$/, optimizer: new SGD()}],
        });
      },
      'Adam within Partitions has',
    ],
    'the AdamW of Muon': [
      () => new Muon({adamW: {weightDecay: 0.25}}),
      'AdamW within Muon has a weightDecay of its own, 0.25',
    ],
    'Muon within Partitions': [
      () =>
        new Partitions({
          optimizer: new Muon({adamW: {weightDecay: 0.25}}),
          partitions: [{weights: /bias$/, optimizer: new SGD()}],
        }),
      'AdamW within Partitions has',
    ],
    'an optimizer of a user that has one within': [() => new Wrapped(), 'AdamW within Wrapped has'],
  };
  for (const [what, [make, says]] of Object.entries(decaying)) {
    it(`is refused where weights would decay twice by ${what}, whichever comes first`, async () => {
      const model = dense.make('sgd');
      const injection = make().inject(model);
      await refuses('PLUGIN_CONFLICT', ['must decay once', says], () => injection.use(new WeightDecay()));
      injection.eject();
      const before = weightsOf(model);
      new WeightDecay().inject(model);
      make().inject(model);
      await refuses('PLUGIN_CONFLICT', ['must decay once', says], () => trainOnBatches(model, dense, 0, 1));
      expect(weightsOf(model)).to.deep.equal(before);
      model.dispose();
    });
  }

  it('decays around Partitions and Muon whose optimizers do not', async () => {
    const partitions = [{weights: /bias$/, learningRateFactor: 0.5}];
    for (const make of [() => new Partitions({optimizer: new Adam(), partitions}), () => new Muon()]) {
      const [plain, decayed] = [0, 0.5].map(weightDecay =>
        end(dense, model => make().inject(model).use(new WeightDecay({weightDecay}))),
      );
      expect(await decayed).not.to.deep.equal(await plain);
    }
  });

  it('keeps no tensor', async () => {
    const model = dense.make(tf.train.adam(0.01));
    const injection = inject(model).use(new WeightDecay());
    await trainOnBatches(model, dense, 0, 1);
    const {numTensors} = tf.memory();
    await trainOnBatches(model, dense, 1, 4);
    expect(tf.memory().numTensors).to.equal(numTensors);
    injection.eject();
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });
});

class Generated extends InjectOptimizer {
  private readonly group = updateGroup({
    name: 'step',
    update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
  });

  *getGroupedUpdates() {
    yield this.group;
  }
}

class Wrapped extends InjectOptimizer {
  private readonly wrapped = new AdamW();

  override get innerOptimizers() {
    return [this.wrapped];
  }

  getGroupedUpdates() {
    return this.wrapped.getGroupedUpdates();
  }
}
