import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Adam,
  Heun,
  type Injection,
  InjectPlugin,
  inject,
  Lookahead,
  SAM,
  type SAMOptions,
  SGD,
  stages,
  type WeightMap,
} from '../../src/index.js';
import {cut, expectClose, windowModel} from '../support/accumulate.js';
import {adamOracle} from '../support/adamOracles.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {descentOracle, heunOracle, lookaheadOracle, momentumOracle, type Oracle} from '../support/oracles.js';
import {
  gradientFlow,
  logisticRegression,
  type Problem,
  rosenbrock,
  tanhRegression,
} from '../support/problems.js';
import {type AscentSettings, ascending} from '../support/samOracle.js';
import {bitsOf} from '../support/stateOf.js';
import {
  distance,
  trajectoryOfModel,
  trajectoryOfOracle,
  trajectoryOnTensors,
} from '../support/trajectories.js';

/** Two weights a and b of the given shapes, by whatever loss. */
const problemOf = (loss: Problem['loss'], start: number[][]): Problem => ({
  ...gradientFlow,
  weights: start.map((values, i) => ({name: 'ab'[i]!, shape: [values.length], start: values})),
  loss,
});

/** ½·Σa² + Σb². */
const bowl = problemOf(
  ([a, b]) => tf.add(tf.div(tf.sum(tf.square(a!)), 2), tf.sum(tf.square(b!))) as tf.Scalar,
  [[3], [2]],
);

const byDescent = (problem: Problem, options: SAMOptions, steps: number, rate = 0.1) =>
  trajectoryOfModel(tf.train.sgd(rate), model => new SAM(options).inject(model), problem, steps);

describe('SAM', () => {
  it('takes the gradient where it has climbed to, by numbers', async () => {
    // g = (3, 4), ‖g‖ = 5; with ρ = 1 it climbs to (3.6, 2.8), where the gradient is (3.6, 5.6)
    expect(
      distance(await byDescent(bowl, {rho: 1}, 1), [
        [3, 2],
        [3 - 0.36, 2 - 0.56],
      ]),
    ).to.be.below(2e-7);
    // Each weight alone climbs by ρ: to (4, 3), where it is (4, 6)
    expect(
      distance(await byDescent(bowl, {rho: 1, norm: 'perWeight'}, 1), [
        [3, 2],
        [2.6, 1.4],
      ]),
    ).to.be.below(2e-7);
    // b alone climbs, to 3; a's gradient is its own, 3
    expect(
      distance(await byDescent(bowl, {rho: 1, weights: /\/b$/}, 1), [
        [3, 2],
        [2.7, 1.4],
      ]),
    ).to.be.below(2e-7);
    // A quarter of (3, 4), three quarters of (3.6, 5.6): (3.45, 5.2)
    expect(
      distance(await byDescent(bowl, {rho: 1, alpha: 0.25}, 1), [
        [3, 2],
        [2.655, 1.48],
      ]),
    ).to.be.below(2e-7);
  });

  it('has ρ = 0.05 over all weights, and nothing of the gradient at the weights, where none are given', async () => {
    const given: SAMOptions = {rho: 0.05, alpha: 0, norm: 'global', weights: [/\/a$/, /\/b$/]};
    expect(await byDescent(bowl, {}, 3)).to.deep.equal(await byDescent(bowl, given, 3));
  });

  it('takes ρ and α by the steps that were completed', async () => {
    const asked: number[] = [];
    const rho = (steps: number) => {
      asked.push(steps);
      return [1, 0, 2][steps]!;
    };
    const one = problemOf(([a]) => tf.div(tf.sum(tf.square(a!)), 2) as tf.Scalar, [[4]]);
    // The gradients are 4 + 1, then that of 3.5 itself, then 3.15 + 2
    expect(distance(await byDescent(one, {rho}, 3), [[4], [3.5], [3.15], [2.635]])).to.be.below(3e-7);
    expect(asked).to.deep.equal([0, 1, 2]);
    const alpha = (steps: number) => [1, 0.5][steps]!;
    // 4, then 3.6 + ½
    expect(distance(await byDescent(one, {rho: 1, alpha}, 2), [[4], [3.6], [3.19]])).to.be.below(3e-7);
  });

  const settings: Record<string, {options: SAMOptions; oracle: AscentSettings}> = {
    'over all weights': {options: {rho: 0.1}, oracle: {rho: 0.1}},
    'over each weight': {options: {rho: 0.1, norm: 'perWeight'}, oracle: {rho: 0.1, isPerWeight: true}},
    'on one weight, mixed': {
      options: {rho: 0.2, alpha: 0.3, weights: /(^|\/)(y|bias|hidden)$/},
      oracle: {rho: 0.2, alpha: 0.3},
    },
  };
  const inners: Record<string, (rate: number) => {make: () => SGD | Adam | Heun; oracle: Oracle}> = {
    SGD: rate => ({make: () => new SGD({learningRate: rate}), oracle: descentOracle(rate)}),
    'SGD with momentum': rate => ({
      make: () => new SGD({learningRate: rate, momentum: 0.9}),
      oracle: momentumOracle(rate, 0.9, false),
    }),
    Adam: () => ({make: () => new Adam({learningRate: 0.05}), oracle: adamOracle(0.05, {})}),
    Heun: rate => ({make: () => new Heun({learningRate: rate}), oracle: heunOracle(rate)}),
  };
  for (const [inner, of] of Object.entries(inners))
    for (const [setting, {options, oracle}] of Object.entries(settings))
      it(`around ${inner} follows the paper over 30 steps, in each phase: ${setting}`, async () => {
        for (const problem of [rosenbrock, logisticRegression, tanhRegression]) {
          const {make, oracle: alone} = of(problem.learningRate / 2);
          const names = problem.weights.map(({name}) => name);
          const moves = (place: number) =>
            (options.weights as RegExp | undefined)?.test(names[place]!) ?? true;
          const actual = await trajectoryOfModel(
            tf.train.sgd(1),
            model => make().inject(model).use(new SAM(options)),
            problem,
            30,
          );
          const expected = trajectoryOfOracle(ascending(alone, {...oracle, moves}), problem, 30);
          expect(distance(actual, expected), problem.name).to.be.below(2e-5);
          const {oracle: plain} = of(problem.learningRate / 2);
          expect(distance(actual, trajectoryOfOracle(plain, problem, 30)), problem.name).to.be.above(1e-3);
        }
      });

  it('is the same in a hand-written loop, around a tf.Optimizer and one of this library', () => {
    const {learningRate} = logisticRegression;
    const expected = trajectoryOfOracle(
      ascending(descentOracle(learningRate), {rho: 0.1}),
      logisticRegression,
      20,
    );
    for (const optimizer of [tf.train.sgd(learningRate), new SGD({learningRate})]) {
      const injection = new SAM({rho: 0.1}).inject(optimizer);
      expect(distance(trajectoryOnTensors(optimizer, logisticRegression, 20), expected)).to.be.below(1e-5);
      injection.eject();
    }
  });

  it('in a hand-written loop leaves a step alone whose weights are others than the chosen ones', () => {
    const [a, b] = [tf.variable(tf.scalar(1), true, 'sam/a'), tf.variable(tf.scalar(2), true, 'sam/b')];
    const optimizer = tf.train.sgd(0.1);
    const injection = new SAM({rho: 1, weights: 'sam/b'}).inject(optimizer);
    optimizer.minimize(() => tf.square(a) as tf.Scalar, false, [a]);
    expect(a.dataSync()[0]).to.be.closeTo(0.8, 1e-6);
    optimizer.minimize(() => tf.square(b) as tf.Scalar, false, [b]);
    expect(b.dataSync()[0]).to.be.closeTo(2 - 0.1 * 6, 1e-6);
    injection.eject();
    optimizer.dispose();
    tf.dispose([a, b]);
  });

  it('goes inside Lookahead, in either order of use', async () => {
    const {learningRate} = logisticRegression;
    const oracle = () => ascending(descentOracle(learningRate), {rho: 0.1});
    const expected = trajectoryOfOracle(lookaheadOracle(oracle(), 3, 0.5), logisticRegression, 20);
    for (const plugins of [
      () => [new SAM({rho: 0.1}), new Lookahead({k: 3, alpha: 0.5, evaluateOn: 'fast'})],
      () => [new Lookahead({k: 3, alpha: 0.5, evaluateOn: 'fast'}), new SAM({rho: 0.1})],
    ]) {
      const use = (model: tfl.LayersModel) =>
        plugins().reduce((injection, plugin) => injection.use(plugin), inject(model));
      const actual = await trajectoryOfModel(tf.train.sgd(learningRate), use, logisticRegression, 20);
      expect(distance(actual, expected)).to.be.below(1e-5);
    }
  });

  it('feeds tf.train.adam the gradient of above, bit for bit', async () => {
    const [trained, twin] = [windowModel(), windowModel()];
    trained.compile({optimizer: tf.train.adam(0.02), loss: 'meanSquaredError'});
    const adam = tf.train.adam(0.02);
    let fed: [string, Float32Array, number[]][] = [];
    const injection = new SAM({rho: 0.3}).inject(trained);
    injection.hooks.gradients.tap('test', gradients => {
      fed = injection.weights.map(weight => {
        const gradient = gradients.get(weight)!;
        return [weight.key, Float32Array.from(gradient.dataSync()), gradient.shape];
      });
    });
    for (let step = 0; step < 4; step++) {
      const [xs, ys] = cut(16 * step, 16);
      const variables = twin.trainableWeights.map(weight => weight.read() as tf.Variable);
      const above = tf.tidy(() => gradientsAbove(twin, variables, xs, ys, 0.3));
      await trained.trainOnBatch(xs, ys);
      fed.forEach(([key, values], i) => {
        for (const [j, value] of above[i]!.entries()) expect(values[j], key).to.be.closeTo(value, 1e-6);
      });
      tf.tidy(() =>
        adam.applyGradients(
          fed.map(([, values, shape], i) => ({name: variables[i]!.name, tensor: tf.tensor(values, shape)})),
        ),
      );
      expect(trained.getWeights().map(bitsOf)).to.deep.equal(twin.getWeights().map(bitsOf));
    }
    for (const model of [trained, twin]) model.dispose();
  });

  for (const [name, make] of Object.entries({
    SGD: () => new SGD({learningRate: 0.1, momentum: 0.5}),
    Heun: () => new Heun({learningRate: 0.1}),
  }))
    it(`over 4 × 16 rows equals one batch of 64, around ${name}: every phase is of the whole window`, async () => {
      const [accumulated, whole] = [windowModel(), windowModel()];
      for (const model of [accumulated, whole])
        make()
          .inject(model)
          .use(new SAM({rho: 0.5}));
      new AccumulateGradients({steps: 4}).inject(accumulated);
      for (let step = 0; step < 3; step++) {
        for (const from of [0, 16, 32, 48]) await accumulated.trainOnBatch(...cut(from, 16));
        await whole.trainOnBatch(...cut(0, 64));
      }
      expectClose(accumulated, whole, 6e-7);
      const plain = windowModel();
      make().inject(plain);
      for (let step = 0; step < 3; step++) await plain.trainOnBatch(...cut(0, 64));
      expect(() => expectClose(whole, plain, 1e-2)).to.throw();
      for (const model of [accumulated, whole, plain]) model.dispose();
    });

  it('climbs by the raw gradient, and what is clipped is the gradient of above', async () => {
    class ClipByValue extends InjectPlugin {
      override readonly name = 'ClipByValue';
      override apply({hooks}: Injection): void {
        hooks.gradients.tap({name: this.name, stage: stages.clip}, gradients =>
          mapped(gradients, g => tf.clipByValue(g, -5, 5)),
        );
      }
    }
    // To (3.6, 2.8); of (3.6, 5.6) the second is clipped to 5. Clipped before, nothing would be: (3, 4).
    for (const plugins of [
      () => [new SAM({rho: 1}), new ClipByValue()],
      () => [new ClipByValue(), new SAM({rho: 1})],
    ]) {
      const use = (model: tfl.LayersModel) =>
        plugins().reduce((injection: Injection, plugin) => injection.use(plugin), inject(model));
      const actual = await trajectoryOfModel(tf.train.sgd(0.1), use, bowl, 1);
      expect(
        distance(actual, [
          [3, 2],
          [2.64, 1.5],
        ]),
      ).to.be.below(2e-7);
    }
  });

  it('sees twice what it saw in the phase: regularizers of the loss are in both gradients', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.dense({
          units: 1,
          inputShape: [1],
          useBias: false,
          kernelInitializer: 'ones',
          kernelRegularizer: tfl.regularizers.l2({l2: 2}),
        }),
      ],
    });
    model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
    new SAM({rho: 0.5}).inject(model);
    await model.trainOnBatch(x, y);
    // 5w − 3 of the data and 4w of the penalty, at 1 + ½
    expect(weightOf(model)).to.be.closeTo(1 - 0.01 * (9 * 1.5 - 3), 1e-6);
    model.dispose();
  });

  it('reports the loss at the weights, not the one of above', async () => {
    const model = lineModel();
    new SAM({rho: 0.5}).inject(model);
    let seen = 0;
    inject(model).hooks.skip.tap('test', ({loss}) => {
      seen = loss.dataSync()[0]!;
      return undefined as never;
    });
    // ½·((1 − 3)² + 2²)
    expect(await model.trainOnBatch(x, y)).to.equal(4);
    expect(seen).to.equal(4);
    model.dispose();
  });
});

/** The gradients at the weights moved by ρ along the gradient, by tfjs alone, without this library. */
function gradientsAbove(
  model: tfl.LayersModel,
  variables: tf.Variable[],
  xs: tf.Tensor,
  ys: tf.Tensor,
  rho: number,
) {
  const gradients = () => {
    const loss = () => tf.mean(tf.squaredDifference(model.apply(xs) as tf.Tensor, ys)) as tf.Scalar;
    const {grads} = tf.variableGrads(loss, variables);
    return variables.map(({name}) => grads[name]!);
  };
  const clean = gradients().map(gradient => [...gradient.dataSync()]);
  const norm = Math.hypot(...clean.flat());
  const before = variables.map(variable => tf.clone(variable));
  for (const [i, variable] of variables.entries()) {
    const step = clean[i]!.map(value => (rho * value) / norm);
    variable.assign(tf.add(variable, tf.tensor(step, variable.shape)));
  }
  const above = gradients().map(gradient => [...gradient.dataSync()]);
  for (const [i, variable] of variables.entries()) variable.assign(before[i]!);
  return above;
}

function mapped(gradients: WeightMap, change: (gradient: tf.Tensor) => tf.Tensor): WeightMap {
  return new Map([...gradients].map(([weight, gradient]) => [weight, change(gradient)]));
}
