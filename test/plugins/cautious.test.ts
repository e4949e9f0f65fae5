import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  Adam,
  Cautious,
  Heun,
  type Injection,
  InjectPlugin,
  inject,
  LBFGS,
  Lookahead,
  RungeKutta,
  ScheduleFreeSGD,
  SGD,
  stages,
  updateGroup,
} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {expectAlike} from '../support/expectAlike.js';
import {golden} from '../support/goldenGradients.js';
import {modelCases, weightsOf} from '../support/models.js';
import {OfGroups} from '../support/ofGroups.js';
import {Prescribed} from '../support/prescribed.js';
import {refuses} from '../support/refuses.js';

const momentum = () => new SGD({learningRate: 1, momentum: 0.5});

/** Decoupled decay, done where a plugin does it. */
class Decay extends InjectPlugin {
  override readonly name = 'Decay';
  private readonly group = updateGroup({
    name: 'decay',
    scalars: ['rate'],
    update: ({weight, rate}) => ({weight: weight.sub(weight.mul(rate))}),
  });

  constructor(private readonly rate: number) {
    super();
  }

  override apply(injection: Injection): void {
    injection.hooks.gradients.tap({name: this.name, stage: stages.decay}, () => {
      injection.update(this, this.group, {rate: this.rate});
    });
  }
}

describe('Cautious', () => {
  it('masks what goes against the gradient, and enlarges the rest', () => {
    // From v = (4, 4, 4, 4), g = (−1, 2, 0, 1): v = (1, 4, 2, 3), and −v goes against g in the first; the third has no gradient.
    // Half are left, so the others move by twice as much: −8 and −6.
    const loop = new Prescribed(momentum(), [[4]], [new Cautious()], [[0, 0, 0, 0]]);
    loop.step([[4, 4, 4, 4]]);
    expect(loop.weights).to.deep.equal([[-4, -4, -4, -4]]);
    loop.step([[-1, 2, 0, 1]]);
    expect(loop.weights).to.deep.equal([[-4, -12, -4, -10]]);
    loop.dispose();
  });

  it('masks each weight by itself, and enlarges by 1000 at most', () => {
    // All of the first goes against its gradient; of the second's 2000 elements one does not.
    const loop = new Prescribed(momentum(), [[2], [2000]], [new Cautious()], [[0, 0], Array(2000).fill(0)]);
    loop.step([[4, 4], Array(2000).fill(4)]);
    const former = loop.weights;
    loop.step([
      [-1, -1],
      [0.5, ...Array(1999).fill(-0.5)],
    ]);
    expect(loop.weights[0]).to.deep.equal(former[0]);
    expectAlike([loop.weights[1]!], [[-4 - 1000 * 2.5, ...Array(1999).fill(-4)]], 1e-6);
    loop.dispose();
  });

  const {shape, start, gradients, runs} = golden.cautious;
  for (const {weightDecay, weights} of runs) {
    const options = {beta1: 0.875, beta2: 0.96875, epsilon: 1e-8, epsilonOn: 'uncorrected'} as const;
    const learningRate = 0.0625;
    const rate = learningRate * weightDecay;
    const inners = {
      Adam: () => new Adam({...options, learningRate}),
      'tf.train.adam': () => tf.train.adam(learningRate, options.beta1, options.beta2, options.epsilon),
    };
    for (const [name, inner] of Object.entries(inners)) {
      it(`makes ${name} the C-AdamW of its authors, with decay ${weightDecay}`, () => {
        const plugins = [new Cautious(), ...(weightDecay > 0 ? [new Decay(rate)] : [])];
        const loop = new Prescribed(inner(), [shape], plugins, [start]);
        const path = gradients.map(gradient => {
          loop.step([gradient]);
          return loop.weights[0]!;
        });
        loop.dispose();
        // tfjs's own Adam loses digits of 1 − β₂ᵗ.
        expectAlike(path, weights, name === 'Adam' ? 2e-6 : 1e-5);
        const plain = new Prescribed(inner(), [shape], [], [start]);
        for (const gradient of gradients) plain.step([gradient]);
        const gap = Math.max(...plain.weights[0]!.map((value, i) => Math.abs(value - path.at(-1)![i]!)));
        expect(gap).to.be.above(0.1);
        plain.dispose();
      });
    }
  }

  it('is the plain optimizer, to the bit, where each element follows its gradient', () => {
    // θ + (θ̃ − θ) is not always θ̃: here, of 0.1·θ less 0.07·θ.
    const shrink = updateGroup({
      name: 'shrink',
      update: ({weight, gradient}) => ({weight: weight.mul(0.1).sub(gradient)}),
    });
    const start = Array.from({length: 2000}, (_, i) => Math.sin(i + 1));
    const ends = [[], [new Cautious()]].map(plugins => {
      const loop = new Prescribed(new OfGroups(shrink), [[2000]], plugins, [start]);
      loop.step([start.map(value => 0.07 * value)]);
      const {weights} = loop;
      loop.dispose();
      return weights;
    });
    expect(ends[1]).to.deep.equal(ends[0]);
  });

  it('takes a move that is lost in rounding for none against the gradient', () => {
    const loop = new Prescribed(new SGD({learningRate: 1}), [[2]], [new Cautious()], [[1, 2 ** 30]]);
    loop.step([[0.5, 1]]);
    expect(loop.weights).to.deep.equal([[0.5, 2 ** 30]]);
    loop.dispose();
  });

  it('compares signs, not products, which float32 may not hold', () => {
    const loop = new Prescribed(new SGD({learningRate: 1}), [[2]], [new Cautious()], [[0, 0]]);
    loop.step([[1e-30, -1e-30]]);
    expectAlike(loop.weights, [[-1e-30, 1e-30]], 1e-6);
    loop.dispose();
  });

  it('does not hide what is not a number', () => {
    const loop = new Prescribed(new SGD({learningRate: 1}), [[2]], [new Cautious()], [[1, 1]]);
    loop.step([[Number.NaN, 0.5]]);
    expect(loop.weights).to.deep.equal([[Number.NaN, 0.5]]);
    loop.dispose();
  });

  it('leaves weights that are not chosen, and those without a gradient', () => {
    const loop = new Prescribed(momentum(), [[1], [1], [1]], [], [[0], [0], [0]]);
    loop.injection.use(new Cautious({weights: loop.variables[0]!.name}));
    loop.step([[4], [4], [4]]);
    loop.step([[-1], [-1], undefined]);
    // v = 1: masked, not masked; the third has no step.
    expect(loop.weights).to.deep.equal([[-4], [-5], [-4]]);
    loop.dispose();
  });

  it('keeps to constraints, after it has enlarged a move', async () => {
    const kernelConstraint = tfl.constraints.nonNeg();
    const model = tfl.sequential({
      layers: [tfl.layers.dense({units: 1, inputShape: [4], useBias: false, kernelConstraint})],
    });
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const injection = new SGD({learningRate: 1, momentum: 0.5}).inject(model).use(new Cautious());
    let gradient = [0.1, 0.1, 0.1, 0.1];
    injection.hooks.evaluated.tap('test', ({loss}, {step}) => ({
      loss,
      gradients: new Map([[step.weights[0]!, tf.tensor(gradient, [4, 1])]]),
    }));
    const kernel = injection.weights[0]!.variable;
    tf.tidy(() => kernel.assign(tf.tensor([1, 1, 1, 1], [4, 1])));
    const [x, y] = [tf.ones([1, 4]), tf.ones([1, 1])];
    await model.trainOnBatch(x, y);
    // v = (0.65, 0.03, 0.03, 0.03): the first goes to 0.25; alone of four, by four times as much, to below 0.
    gradient = [0.6, -0.02, -0.02, -0.02];
    await model.trainOnBatch(x, y);
    expectAlike([[...kernel.dataSync()]], [[0, 0.9, 0.9, 0.9]], 1e-6);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('comes before Lookahead, which sees what it has left', () => {
    const plugins = [new Lookahead({k: 2, alpha: 0.5}), new Cautious()];
    const loop = new Prescribed(momentum(), [[2]], plugins, [[0, 0]]);
    loop.step([[4, 4]]);
    loop.step([[-1, 2]]);
    // (−4, −4), then by twice −4 in the second alone: (−4, −12); half-way from where Lookahead began.
    expect(loop.weights).to.deep.equal([[-2, -6]]);
    loop.dispose();
  });

  it('refuses what moves by more than one gradient, or by one taken elsewhere, whichever comes first', async () => {
    const optimizers = [
      new Heun({learningRate: 0.1}),
      new RungeKutta({learningRate: 0.1}),
      new LBFGS(),
      new ScheduleFreeSGD({learningRate: 0.1}),
    ];
    const [dense] = modelCases;
    for (const optimizer of optimizers) {
      const model = dense!.make('sgd');
      const former = optimizer.inject(model);
      await refuses('PLUGIN_CONFLICT', [`at the weights; ${optimizer.constructor.name} has the`], () =>
        former.use(new Cautious()),
      );
      former.eject();
      const injection = inject(model).use(new Cautious());
      expect(() => optimizer.inject(model)).to.throw('PLUGIN_CONFLICT');
      expect(injection.optimizer).to.equal(model.optimizer);
      await trainOnBatches(model, dense!, 0, 2);
      model.dispose();
    }
  });

  it('refuses a plugin that adds a group, in either order', () => {
    const [dense] = modelCases;
    const further = updateGroup({name: 'further', update: ({weight}) => ({weight: weight.mul(0.5)})});
    const adding = {
      name: 'Adding',
      apply: ({hooks}: Injection) => hooks.groups.tap('Adding', groups => [...groups, further]),
    };
    for (const plugins of [
      [adding, new Cautious()],
      [new Cautious(), adding],
    ] as const) {
      const model = dense!.make('sgd');
      const injection = inject(model).use(plugins[0]);
      expect(() => injection.use(plugins[1])).to.throw('PLUGIN_CONFLICT', 'groups SGD, further');
      model.dispose();
    }
  });

  it('refuses a second one', () => {
    const [dense] = modelCases;
    const model = dense!.make('sgd');
    const injection = inject(model).use(new Cautious());
    expect(() => injection.use(new Cautious())).to.throw('PLUGIN_CONFLICT');
    model.dispose();
  });

  it('leaves no tensor when a step throws or is skipped, and goes on', async () => {
    const [dense] = modelCases;
    const [model, twin] = [dense!.make('sgd'), dense!.make('sgd')];
    let state: 'skips' | 'throws' | '' = '';
    for (const [i, one] of [model, twin].entries()) {
      const injection = momentum().inject(one).use(new Cautious());
      if (i > 0) continue;
      injection.hooks.skip.tap('test', () =>
        state === 'skips' ? {reason: 'test', action: 'rollback'} : undefined,
      );
      injection.hooks.gradients.tap({name: 'test', stage: 1000}, () => {
        if (state === 'throws') throw new Error('broken');
      });
    }
    for (const one of [model, twin]) await trainOnBatches(one, dense!, 0, 2);
    const {numTensors} = tf.memory();
    state = 'skips';
    await trainOnBatches(model, dense!, 2, 3);
    state = 'throws';
    const message = await trainOnBatches(model, dense!, 2, 3).catch((error: Error) => error.message);
    expect(message).to.equal('broken');
    state = '';
    expect(tf.memory().numTensors).to.equal(numTensors);
    for (const one of [model, twin]) await trainOnBatches(one, dense!, 3, 5);
    expect(weightsOf(model)).to.deep.equal(weightsOf(twin));
    for (const one of [model, twin]) one.dispose();
  });
});
