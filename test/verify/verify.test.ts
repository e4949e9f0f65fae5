import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  EMA,
  Heun,
  type Injection,
  InjectPlugin,
  inject,
  Lookahead,
  Monitor,
  RungeKutta,
  SAM,
  verify,
} from '../../src/index.js';
import {fusion} from '../../src/rules/fused.js';
import {modelCases, weightsOf} from '../support/models.js';

const x = tf.randomNormal([12, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([12, 2], 0, 1, 'float32', 2);

const from = (seed: number) => tfl.initializers.glorotUniform({seed});
const kernelInitializer = from(3);

function smoothModel(): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({units: 6, inputShape: [3], activation: 'tanh', kernelInitializer: from(1)}),
      tfl.layers.batchNormalization({}),
      tfl.layers.dense({units: 2, kernelInitializer: from(2)}),
    ],
  });
  model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
  return model;
}

/** Of order 1. */
class Claims2 extends RungeKutta {
  constructor() {
    super({learningRate: 0.1, tableau: {a: [[]], b: [1]}});
  }

  override get order(): number {
    return 2;
  }
}

class Noisy extends tfl.layers.Layer {
  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return shape;
  }

  override call(inputs: tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.add(inputs[0]!, tf.randomNormal(inputs[0]!.shape)));
  }
}

const sequence = () => tfl.layers.reshape({targetShape: [2, 2]});
const {lstm, simpleRNN, timeDistributed} = tfl.layers;
const dense = (options: object) => tfl.layers.dense({units: 4, kernelInitializer, ...options});
const recurrent = {units: 3, kernelInitializer, recurrentInitializer: from(4)};

type Loss = tfl.ModelCompileArgs['loss'];

function modelOf(layers: tfl.layers.Layer[], loss: Loss = 'meanSquaredError'): tfl.LayersModel {
  const first = dense({inputShape: [3], activation: 'tanh'});
  const model = tfl.sequential({layers: [first, ...layers, dense({units: 2})]});
  model.compile({optimizer: 'sgd', loss});
  return model;
}

/** Kinks, masks and states, or what may have them, each with a word of what is said of it. */
const rough: Record<string, () => tfl.LayersModel> = {
  hinge: () => modelOf([], 'hinge'),
  meanAbsoluteError: () => modelOf([], ['meanAbsoluteError']),
  'loss of one': () => modelOf([], (labels, predictions) => tf.losses.huberLoss(labels, predictions)),
  noisy: () => modelOf([new Noisy({name: 'noisy'})]),
  kernelRegularizer: () => modelOf([dense({kernelRegularizer: 'l1l2'})]),
  kernelConstraint: () => modelOf([dense({kernelConstraint: 'unitNorm'})]),
  recurrentActivation: () => modelOf([sequence(), lstm({...recurrent, recurrentActivation: 'hardSigmoid'})]),
  recurrentDropout: () => modelOf([sequence(), simpleRNN({...recurrent, recurrentDropout: 0.5})]),
  activation: () =>
    modelOf([sequence(), timeDistributed({layer: dense({activation: 'relu'})}), tfl.layers.flatten()]),
};

const orderOf = async (model: tfl.LayersModel) =>
  (await verify(model, x, y, {steps: 2})).checks.find(({name}) => name === 'order')!;

const outcomes = async (model: tfl.LayersModel) => {
  const {checks} = await verify(model, x, y);
  return Object.fromEntries(checks.map(({name, isOk}) => [name, isOk]));
};

/** Each breaks one promise. */
const breakers: Record<string, (injection: Injection) => void> = {
  'the kernels': ({model}) => {
    class TwoFaced extends Adam {
      override getGroupedUpdates() {
        const [group] = super.getGroupedUpdates();
        return [
          {
            ...group!,
            update: ((context: never) => {
              const results = (
                group as unknown as {update(context: never): {weight: {mul(x: number): unknown}}}
              ).update(context);
              return fusion.isOn ? results : {...results, weight: results.weight.mul(1.001)};
            }) as never,
          },
        ] as never;
      }
    }
    new TwoFaced({learningRate: 0.1}).inject(model!);
  },
  determinism: injection => {
    let calls = 0;
    injection.hooks.gradients.tap('drifts', gradients => {
      calls++;
      return new Map([...gradients].map(([weight, gradient]) => [weight, tf.mul(gradient, calls)]));
    });
  },
  'one batch': injection => {
    const {model} = injection;
    let calls = 0;
    const [layer] = model!.layers as [tfl.layers.Layer];
    const {call} = layer;
    layer.call = (inputs, kwargs) => tf.mul(call.call(layer, inputs, kwargs) as tf.Tensor, 1 + 0.1 * calls++);
  },
  statistics: injection => {
    injection.hooks.afterPhase.tap('evaluates', () => {
      tf.tidy(() => void injection.model!.apply(x, {training: true}));
    });
  },
  leaks: injection => {
    injection.hooks.afterStep.tap('leaks', () => void tf.keep(tf.scalar(1)));
  },
  order: ({model}) => {
    class Claims extends Heun {
      override get order(): number {
        return 4;
      }
    }
    new Claims({learningRate: 0.3}).inject(model!);
  },
};

describe('verify', () => {
  for (const modelCase of modelCases) {
    it(`finds nothing on ${modelCase.name}, and leaves it as it was`, async () => {
      for (const use of [
        undefined,
        (injection: Injection) => new Heun({learningRate: 0.1}).inject(injection.model!),
        (injection: Injection) =>
          injection
            .use(new Lookahead({k: 2}))
            .use(new SAM())
            .use(new EMA()),
        (injection: Injection) => injection.use(new AccumulateGradients({steps: 3})),
      ]) {
        const model = modelCase.make(tf.train.adam(0.02));
        const data = modelCase.data();
        const first = (tensors: tf.Tensor | tf.Tensor[]) =>
          [tensors].flat().map(each => tf.slice(each, 0, modelCase.batchSize));
        const [xs, ys] = [first(data.x), first(data.y)];
        const injection = use && inject(model);
        if (injection) use(injection);
        // In the middle of a window, where there is one.
        if (injection) await model.trainOnBatch(xs, ys);
        const before = weightsOf(model);
        const {numTensors} = tf.memory();
        const iterations = injection?.iterations;
        const report = await verify(model, xs, ys, {steps: 3});
        expect(report.isOk, String(report)).to.equal(true);
        expect(weightsOf(model)).to.deep.equal(before);
        // An RNN's cell keeps the masks of its last call, until they are put back.
        expect(tf.memory().numTensors).to.be.at.most(numTensors);
        expect(injection?.iterations).to.equal(iterations);
        tf.dispose([xs, ys, data.x, data.y]);
        model.optimizer.dispose();
        model.dispose();
      }
    });
  }

  for (const [name, breakIt] of Object.entries(breakers)) {
    it(`says which promise is broken: ${name}`, async () => {
      const model = smoothModel();
      breakIt(inject(model));
      const report = await verify(model, x, y);
      const failed = report.checks.filter(({isOk}) => isOk === false).map(check => check.name);
      expect(failed, String(report)).to.include(name);
      expect(String(report))
        .to.match(new RegExp(`FAILED  ${name} `))
        .and.include('A check has failed.');
      expect(report.isOk).to.equal(false);
      // What differs each time says nothing of kernels.
      if (name === 'determinism') expect(report.checks[0]!.isOk).to.equal(undefined);
    });
  }

  it('measures the order of Runge–Kutta methods, and says where there is none', async () => {
    const orders = {midpoint: 2, ralston: 2, rk4: 4} as const;
    for (const [tableau, order] of Object.entries(orders)) {
      const optimizer = new RungeKutta({learningRate: 0.4, tableau: tableau as keyof typeof orders});
      expect(optimizer.order).to.equal(order);
    }
    const kutta = {a: [[], [1 / 2], [-1, 2]], b: [1 / 6, 2 / 3, 1 / 6]};
    expect(new RungeKutta({tableau: kutta}).order).to.equal(3);
    expect(new RungeKutta({tableau: {a: [[]], b: [1]}}).order).to.equal(1);
    const model = smoothModel();
    new RungeKutta({learningRate: 0.4, tableau: 'midpoint'}).inject(model);
    expect((await outcomes(model)).order).to.equal(true);
    expect((await outcomes(smoothModel())).order).to.equal(undefined);
  });

  for (const [word, make] of Object.entries(rough)) {
    it(`does not judge an order that kinks or masks may hide: ${word}`, async () => {
      const healthy = make();
      new Heun({learningRate: 0.1}).inject(healthy);
      expect((await orderOf(healthy)).isOk).not.to.equal(false);
      const model = make();
      new Claims2().inject(model);
      const {isOk, detail} = await orderOf(model);
      expect(isOk, detail).to.equal(undefined);
      expect(detail)
        .to.match(/^not judged: /)
        .and.include(word);
    });
  }

  it('finds a method of order 1 that claims 2, in the middle of a window too', async () => {
    for (const make of [
      smoothModel,
      () => modelOf([sequence(), simpleRNN(recurrent)], 'logcosh'),
      () => modelOf([dense({activation: 'gelu', kernelRegularizer: tfl.regularizers.l2()})]),
    ]) {
      const model = make();
      new Claims2().inject(model);
      inject(model).use(new AccumulateGradients({steps: 3}));
      await model.trainOnBatch(tf.mul(x, 2), y);
      const {isOk, detail} = await orderOf(model);
      expect(isOk, detail).to.equal(false);
      expect(detail).to.match(/^(0\.9|1\.0)\d, where the method has 2$/);
    }
  });

  it('does not judge an order at rates that are far too great, and ends at a rate of 0', async () => {
    for (const learningRate of [1e5, 0]) {
      const model = modelOf([dense({activation: 'sigmoid'})], 'logcosh');
      new Heun({learningRate}).inject(model);
      expect((await orderOf(model)).isOk).to.equal(undefined);
    }
  });

  it('knows the rounding of a window that is not full from other rows', async () => {
    const [ones, zeros] = [tf.ones([9, 1]), tf.zeros([9, 1])];
    for (let i = 0; i < 20; i++) {
      const constant = tfl.initializers.constant({value: 1 + i / 7});
      const only = dense({units: 1, inputShape: [1], kernelInitializer: constant});
      const model = tfl.sequential({layers: [only]});
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      inject(model).use(new AccumulateGradients({steps: 2}));
      const report = await verify(model, ones, zeros, {steps: 2});
      expect(report.isOk, String(report)).to.equal(true);
    }
  });

  it('leaves the means of a Monitor as they were, and takes none for a leak', async () => {
    const include = ['gradientNorm', 'updateNorm', 'learningRate'] as const;
    const means = async (isVerified: boolean) => {
      const model = smoothModel();
      const monitor = new Monitor({include, measureEvery: 2});
      inject(model).use(monitor);
      for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
      if (isVerified) expect((await verify(model, x, y)).isOk).to.equal(true);
      const read = await monitor.read();
      // Whose means begin in mid-check.
      const report = await verify(model, x, y);
      expect(report.isOk, String(report)).to.equal(true);
      return read;
    };
    expect(await means(true)).to.deep.equal(await means(false));
  });

  it('keeps plugins quiet between batches, and refuses what is no model', async () => {
    const model = smoothModel();
    let passed = 0;
    class Counts extends InjectPlugin {
      override apply({hooks}: Injection): void {
        hooks.boundary.tap('counts', () => {
          passed++;
        });
      }
    }
    inject(model).use(new Counts());
    await verify(model, x, y);
    expect(passed).to.equal(0);
    await model.trainOnBatch(x, y);
    expect(passed).to.equal(1);
    const refused = await verify(5 as never, x, y).then(
      () => expect.fail('it was taken'),
      (error: Error) => error,
    );
    expect(refused.message).to.match(/^INVALID_OPTION: inject needs a tf.LayersModel/);
  });
});
