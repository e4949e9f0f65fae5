import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  AccumulateGradients,
  InjectOptimizer,
  Partitions,
  type Plugin,
  Ranger,
  ScheduleFreeAdamW,
  ScheduleFreeSGD,
  SGD,
  updateGroup,
  WeightDecay,
} from '../../src/index.js';
import {bend, bendGradient} from '../support/bend.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {refuses} from '../support/refuses.js';
import {bitsOf, countsOf} from '../support/stateOf.js';
import {warningsOf} from '../support/warnings.js';

/** Descent whose gradient is taken half a unit above the weight. */
class Above extends InjectOptimizer {
  constructor() {
    super({learningRate: 0.1});
  }

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'above',
        slots: {steps: 'zeros'},
        scalars: () => ({height: 0.5}),
        point: ({weight, height}) => weight.add(height),
        update: ({weight, gradient, learningRate, steps}) => ({
          weight: weight.sub(gradient.mul(learningRate)),
          steps: steps.add(1),
        }),
      }),
    ];
  }
}

// Of a line model: mean of (w − 3)² and (2w)².
const loss = (w: number) => ((w - 3) ** 2 + 4 * w ** 2) / 2;
const gradient = (w: number) => 5 * w - 3;

describe('the point of a group', () => {
  it('is where the gradient is taken; the weights that move are the others', async () => {
    const model = lineModel();
    new Above().inject(model);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.be.closeTo(1 - 0.1 * gradient(1.5), 1e-6);
    const {a, b, loss: bent, at, dispose} = bend();
    new Above().minimize(bent, false, [a, b]);
    const [da, db] = bendGradient([1.5, 0]);
    expect(at()[0]).to.be.closeTo(1 - 0.1 * da, 1e-6);
    expect(at()[1]).to.be.closeTo(-0.5 - 0.1 * db, 1e-6);
    dispose();
    model.dispose();
  });

  it('is where loss and metrics are reported from', async () => {
    const model = lineModel();
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mse']});
    new Above().inject(model);
    const values = (await model.trainOnBatch(x, y)) as number[];
    expect(values).to.have.length(2);
    for (const value of values) expect(value).to.be.closeTo(loss(1.5), 1e-5);
    model.dispose();
  });

  it('is where hooks of the evaluation find the weights, and no other hook', async () => {
    const model = lineModel();
    const {hooks} = new Above().inject(model);
    const seen: Record<string, number> = {};
    const note = (hook: string) => {
      seen[hook] = weightOf(model);
      return undefined;
    };
    hooks.beforeStep.tap('test', () => void note('beforeStep'));
    hooks.evaluated.tap('test', (_, phase) => {
      note('evaluated');
      const [weight] = phase.step.weights;
      const shifted = phase.evaluateAt(new Map([[weight!, tf.fill([1, 1], 0.25)]]));
      expect(shifted.loss.dataSync()[0]).to.be.closeTo(loss(1.75), 1e-5);
    });
    hooks.skip.tap('test', () => note('skip') as never);
    hooks.gradients.tap('test', () => note('gradients'));
    hooks.afterPhase.tap('test', () => void note('afterPhase'));
    await model.trainOnBatch(x, y);
    const after = weightOf(model);
    expect(seen).to.deep.equal({
      beforeStep: 1,
      evaluated: 1.5,
      skip: 1.5,
      gradients: 1.5,
      afterPhase: after,
    });
    model.dispose();
  });

  for (const place of ['loss', 'evaluated', 'skip', 'gradients', 'beforeStep'] as const) {
    it(`is left where ${place} throws: weights, slots and tensors are as before, to the bit`, async () => {
      const model = lineModel();
      const optimizer = new ScheduleFreeSGD({learningRate: 0.05});
      const {hooks} = optimizer.inject(model);
      const twin = lineModel();
      new ScheduleFreeSGD({learningRate: 0.05}).inject(twin);
      const error = new Error('at the point');
      let isArmed = false;
      const explode = () => {
        if (isArmed) throw error;
        return undefined;
      };
      if (place === 'loss') {
        const [layer] = model.layers;
        const call = layer!.call.bind(layer);
        layer!.call = (...given) => {
          explode();
          return call(...given);
        };
      } else (hooks[place] as {tap(name: string, tap: () => undefined): void}).tap('test', explode);
      for (let i = 0; i < 3; i++) for (const one of [model, twin]) await one.trainOnBatch(x, y);
      const stateOf = async () => [
        bitsOf(model.getWeights()[0]!),
        ...(await optimizer.getWeights()).map(({name, tensor}) => `${name} ${bitsOf(tensor)}`),
      ];
      const before = await stateOf();
      const counts = countsOf(model);
      isArmed = true;
      let thrown: unknown;
      await model.trainOnBatch(x, y).catch(caught => {
        thrown = caught;
      });
      isArmed = false;
      expect(thrown).to.equal(error);
      expect(await stateOf()).to.deep.equal(before);
      // What getWeights hands out is taken back with the next call.
      expect(countsOf(model)).to.deep.equal(counts);
      for (let i = 0; i < 3; i++) for (const one of [model, twin]) await one.trainOnBatch(x, y);
      expect(bitsOf(model.getWeights()[0]!)).to.equal(bitsOf(twin.getWeights()[0]!));
      for (const one of [model, twin]) one.dispose();
    });
  }

  for (const hook of ['evaluated', 'skip', 'gradients'] as const) {
    it(`is not what a plugin's update in '${hook}' works on, but the weight, which may be taken back`, async () => {
      const model = lineModel();
      const injection = new Above().inject(model);
      const double = updateGroup({name: 'double', update: ({weight}) => ({weight: weight.mul(2)})});
      const plugin: Plugin = {
        name: 'double',
        apply: own => {
          own.hooks[hook].tap('double', () => {
            own.update(plugin, double);
          });
        },
      };
      injection.use(plugin);
      let fails = true;
      injection.hooks.gradients.tap({name: 'late', stage: 99}, () => {
        if (fails) throw new Error('late');
      });
      await model.trainOnBatch(x, y).catch(() => {});
      expect(weightOf(model)).to.equal(1);
      fails = false;
      await model.trainOnBatch(x, y);
      // The gradient was taken before.
      expect(weightOf(model)).to.be.closeTo(2 - 0.1 * gradient(1.5), 1e-6);
      model.dispose();
    });
  }

  it('lets a decay by a plugin through', async () => {
    const {a, b, loss: bent, at, dispose} = bend();
    const optimizer = new Above();
    new WeightDecay({weightDecay: 0.5}).inject(optimizer);
    optimizer.minimize(() => tf.mul(bent(), 0), false, [a, b]);
    expect(at()[0]).to.be.closeTo(0.95, 1e-6);
    dispose();
  });

  it('is left where a step is skipped', async () => {
    const model = lineModel();
    const injection = new Above().inject(model);
    injection.hooks.skip.tap('test', () => ({reason: 'a test', action: 'rollback'}));
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.equal(1);
    expect(injection.iterations).to.equal(0);
    model.dispose();
  });

  it('is where every batch of a window is evaluated, the postponed ones too', async () => {
    const model = lineModel();
    new Above().inject(model).use(new AccumulateGradients({steps: 2}));
    const first = (await model.trainOnBatch(x, y)) as number;
    expect(first).to.be.closeTo(loss(1.5), 1e-5);
    expect(weightOf(model)).to.equal(1);
    await model.trainOnBatch(x, tf.mul(y, -1));
    // The gradient on −y is 5w + 3.
    expect(weightOf(model)).to.be.closeTo(1 - 0.1 * ((gradient(1.5) + 5 * 1.5 + 3) / 2), 1e-6);
    model.dispose();
  });

  it('needs the loss: gradients from elsewhere are refused', async () => {
    const weight = tf.variable(tf.scalar(1));
    const gradients = {[weight.name]: tf.scalar(1)};
    for (const optimizer of [new Above(), new ScheduleFreeSGD(), new ScheduleFreeAdamW()])
      await refuses('NEEDS_LOSS', ['minimize'], () => optimizer.applyGradients(gradients));
    tf.dispose(gradients);
    expect(weight.dataSync()[0]).to.equal(1);
    weight.dispose();
  });

  it('moves the weights of its own part only', async () => {
    const model = lineModel();
    const layer = model.layers[0]!;
    const optimizer = new Partitions({
      optimizer: new SGD({learningRate: 0.1}),
      partitions: [{weights: layer.weights[0]!.originalName, optimizer: new Above()}],
    });
    optimizer.inject(model);
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.be.closeTo(1 - 0.1 * gradient(1.5), 1e-6);
    model.dispose();
  });
});

describe('a slot that starts as the weight', () => {
  const write = (model: ReturnType<typeof lineModel>, value: number) =>
    tf.tidy(() => model.setWeights([tf.tensor2d([[value]])]));

  it('starts anew where the user writes the weight: the next gradient is taken there', async () => {
    const model = lineModel();
    const optimizer = new ScheduleFreeSGD({learningRate: 0.05});
    optimizer.inject(model);
    for (let i = 0; i < 4; i++) await model.trainOnBatch(x, y);
    write(model, 2);
    expect(await model.trainOnBatch(x, y)).to.be.closeTo(loss(2), 1e-5);
    // z = 2 − 0.05·7; of five equal weights the average takes a fifth of it.
    expect(weightOf(model)).to.be.closeTo(2 + (1 / 5) * (-0.05 * gradient(2)), 1e-6);
    model.dispose();
  });

  it('does so in the middle of a window, whose batches are dropped with a warning', async () => {
    const model = lineModel();
    new ScheduleFreeSGD({learningRate: 0.05}).inject(model).use(new AccumulateGradients({steps: 2}));
    for (let i = 0; i < 7; i++) await model.trainOnBatch(x, y);
    const losses: unknown[] = [];
    const warnings = await warningsOf(async () => {
      write(model, 2);
      losses.push(await model.trainOnBatch(x, y));
    });
    expect(warnings).to.have.length(1);
    losses.push(await model.trainOnBatch(x, y));
    for (const value of losses) expect(value).to.be.closeTo(loss(2), 1e-5);
    expect(weightOf(model)).to.be.closeTo(2 + (1 / 4) * (-0.05 * gradient(2)), 1e-6);
    model.dispose();
  });

  it("does so as Ranger's slow weights, from which the next sync goes on", async () => {
    const model = lineModel();
    const optimizer = new Ranger({learningRate: 0.01, k: 4, alpha: 0.5, centralize: false});
    optimizer.inject(model);
    const slow = async () =>
      (await optimizer.getWeights()).find(({name}) => name.includes('/slow/'))!.tensor.dataSync()[0];
    for (let i = 0; i < 2; i++) await model.trainOnBatch(x, y);
    expect(await slow()).to.equal(1);
    write(model, 2);
    await model.trainOnBatch(x, y);
    expect(await slow()).to.equal(2);
    await model.trainOnBatch(x, y);
    expect(await slow()).to.equal(weightOf(model));
    // Half of the way from 2; from 1 it would be about 1.5.
    expect(weightOf(model)).to.be.within(1.9, 1.999);
    model.dispose();
  });

  it('stays written where the step after the write throws, and starts anew at the one that does not', async () => {
    const model = lineModel();
    const {hooks} = new ScheduleFreeSGD({learningRate: 0.05}).inject(model);
    let isArmed = false;
    hooks.gradients.tap('test', () => {
      if (isArmed) throw new Error('after the write');
    });
    for (let i = 0; i < 4; i++) await model.trainOnBatch(x, y);
    write(model, 2);
    isArmed = true;
    await model.trainOnBatch(x, y).catch(() => {});
    isArmed = false;
    expect(weightOf(model)).to.equal(2);
    expect(await model.trainOnBatch(x, y)).to.be.closeTo(loss(2), 1e-5);
    model.dispose();
  });
});
