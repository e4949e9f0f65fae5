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
  RungeKutta,
  SAM,
  verify,
} from '../../src/index.js';
import {fusion} from '../../src/rules/fused.js';
import {modelCases, weightsOf} from '../support/models.js';

const x = tf.randomNormal([12, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([12, 2], 0, 1, 'float32', 2);

function smoothModel(): tfl.LayersModel {
  const from = (seed: number) => tfl.initializers.glorotUniform({seed});
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
