import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {ASAM, type ASAMOptions, Heun, SAM, SGD, type WeightMap} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases} from '../support/models.js';
import {heunOracle, momentumOracle, type Oracle} from '../support/oracles.js';
import {
  gradientFlow,
  logisticRegression,
  type Problem,
  rosenbrock,
  tanhRegression,
} from '../support/problems.js';
import {type AscentSettings, ascending} from '../support/samOracle.js';
import {distance, trajectoryOfModel, trajectoryOfOracle} from '../support/trajectories.js';

/** ½·kernel² + bias² from (2, 4), where the gradient is (2, 8). */
const bowl: Problem = {
  ...gradientFlow,
  weights: [
    {name: 'kernel', shape: [1, 1], start: [2]},
    {name: 'bias', shape: [1], start: [4]},
  ],
  loss: ([kernel, bias]) =>
    tf.add(tf.div(tf.sum(tf.square(kernel!)), 2), tf.sum(tf.square(bias!))) as tf.Scalar,
};

const byDescent = async (options: ASAMOptions) =>
  (await trajectoryOfModel(tf.train.sgd(0.1), model => new ASAM(options).inject(model), bowl, 1))[1]!;

describe('ASAM', () => {
  it('climbs in proportion to a weight, and as SAM in a bias, by numbers', async () => {
    const near = async (options: ASAMOptions, expected: number[]) =>
      expect(distance([await byDescent(options)], [expected])).to.be.below(3e-7);
    // T = (2 + 1, 1), T·g = (6, 8), of norm 10: to (2 + 3·0.6, 4 + 0.8), where the gradient is (3.8, 9.6)
    await near({rho: 1, eta: 1}, [2 - 0.38, 4 - 0.96]);
    // Each alone: to (2 + 3, 4 + 1), where it is (5, 10)
    await near({rho: 1, eta: 1, norm: 'perWeight'}, [1.5, 3]);
    // The bias too, T = (3, 5), each alone: to (5, 9), where it is (5, 18)
    await near({rho: 1, eta: 1, norm: 'perWeight', scalesBiases: true}, [1.5, 2.2]);
    // The kernel alone, half of (5, 8) and half of (2, 8)
    await near({rho: 1, eta: 1, weights: /kernel/, alpha: 0.5}, [2 - 0.35, 3.2]);
  });

  it('has ρ = 0.5 and η = 0.01, over all weights and not scaling biases, where none are given', async () => {
    expect(await byDescent({})).to.deep.equal(
      await byDescent({rho: 0.5, eta: 0.01, alpha: 0, norm: 'global', scalesBiases: false}),
    );
  });

  const settings: Record<string, {options: ASAMOptions; oracle: AscentSettings}> = {
    'as its authors': {options: {rho: 0.2}, oracle: {rho: 0.2, eta: 0.01}},
    'of biases too, over each weight': {
      options: {rho: 0.1, eta: 0.1, scalesBiases: true, norm: 'perWeight'},
      oracle: {rho: 0.1, eta: 0.1, isPerWeight: true},
    },
  };
  const inners: Record<string, (rate: number) => {make: () => SGD | Heun; oracle: Oracle}> = {
    'SGD with momentum': rate => ({
      make: () => new SGD({learningRate: rate, momentum: 0.9}),
      oracle: momentumOracle(rate, 0.9, false),
    }),
    Heun: rate => ({make: () => new Heun({learningRate: rate}), oracle: heunOracle(rate)}),
  };
  for (const [inner, of] of Object.entries(inners))
    for (const [setting, {options, oracle}] of Object.entries(settings))
      it(`around ${inner} follows the paper over 30 steps, in each phase: ${setting}`, async () => {
        for (const problem of [rosenbrock, logisticRegression, tanhRegression]) {
          const {make, oracle: alone} = of(problem.learningRate / 2);
          const isBias = (place: number) => !options.scalesBiases && problem.weights[place]!.name === 'bias';
          const actual = await trajectoryOfModel(
            tf.train.sgd(1),
            model => make().inject(model).use(new ASAM(options)),
            problem,
            30,
          );
          const expected = trajectoryOfOracle(ascending(alone, {...oracle, isBias}), problem, 30);
          expect(distance(actual, expected), problem.name).to.be.below(2e-5);
        }
      });

  it('does not see a scale that moves from one layer to the next, as SAM does: the reason for its being', async () => {
    // L = (1 − Σ u·v)², the same at (u, v) and (4u, v/4)
    const scaled = (factor: number): Problem => ({
      ...gradientFlow,
      weights: [
        {name: 'u', shape: [2], start: [0.5 * factor, -1 * factor]},
        {name: 'v', shape: [2], start: [1.5 / factor, 0.25 / factor]},
      ],
      loss: ([u, v]) => tf.square(tf.sub(1, tf.sum(tf.mul(u!, v!)))) as tf.Scalar,
    });
    const fed = async (make: () => SAM | ASAM, factor: number) => {
      let seen: number[][] = [];
      const use = (model: LayersModel) => {
        const injection = make().inject(model);
        injection.hooks.gradients.tap('test', gradients => {
          seen = valuesOf(gradients);
        });
        return injection;
      };
      await trajectoryOfModel(tf.train.sgd(0), use, scaled(factor), 1);
      return [seen[0]!.map(value => value * factor), seen[1]!.map(value => value / factor)];
    };
    const apart = async (make: () => SAM | ASAM) => distance(await fed(make, 4), await fed(make, 1));
    expect(await apart(() => new ASAM({rho: 0.3, eta: 0}))).to.be.below(1e-6);
    expect(await apart(() => new SAM({rho: 0.3}))).to.be.above(1e-2);
  });

  it('knows the biases of layers: bias and beta, and no kernel or gamma', async () => {
    for (const modelCase of modelCases.filter(({name}) => /BatchNorm and|recurrent/.test(name))) {
      const model = modelCase.make('sgd');
      const injection = new ASAM({rho: 1, eta: 0.5}).inject(model);
      let [clean, moved]: WeightMap[] = [];
      let isKnown: Record<string, boolean> = {};
      injection.hooks.evaluated.tap({name: 'test', stage: -1}, ({gradients}, phase) => {
        clean = gradients;
        const native = phase.evaluateWith.bind(phase);
        phase.evaluateWith = places => {
          moved = new Map([...places].map(([weight, place]) => [weight, tf.sub(place(), weight.variable)]));
          isKnown = factors(clean!, moved);
          return native(places);
        };
      });
      await trainOnBatches(model, modelCase, 0, 1);
      for (const [key, isPlain] of Object.entries(isKnown))
        expect(isPlain, key).to.equal(/\/(bias|beta)$/.test(key));
      expect(Object.values(isKnown)).to.include.members([true, false]);
      model.dispose();
    }
  });
});

/** Whether a weight's displacement is a multiple of its gradient, the same for all that are. */
function factors(clean: WeightMap, moved: WeightMap): Record<string, boolean> {
  const scales = [...moved].map(([weight, shift]) => {
    const [e, g, w] = [shift, clean.get(weight)!, weight.variable].map(tensor => [...tensor.dataSync()]);
    const steep = g!.map((_, i) => i).reduce((a, b) => (Math.abs(g![b]!) > Math.abs(g![a]!) ? b : a));
    return {key: weight.key, plain: e![steep]! / g![steep]!, size: Math.abs(w![steep]!) + 0.5};
  });
  const norm = Math.hypot(
    ...[...clean].flatMap(([weight, gradient]) => {
      const w = weight.variable.dataSync();
      const isBias = /\/(bias|beta)$/.test(weight.key);
      return [...gradient.dataSync()].map((g, i) => g * (isBias ? 1 : Math.abs(w[i]!) + 0.5));
    }),
  );
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-4 * Math.abs(b);
  return Object.fromEntries(
    scales.map(({key, plain, size}) => {
      if (!near(plain * norm, 1) && !near(plain * norm, size ** 2))
        throw new Error(`${key}: ${plain * norm}`);
      return [key, near(plain * norm, 1)];
    }),
  );
}

function valuesOf(gradients: WeightMap): number[][] {
  return [...gradients.values()].map(gradient => [...gradient.dataSync()]);
}
