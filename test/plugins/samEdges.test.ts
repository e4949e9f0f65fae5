import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {ASAM, Heun, InjectOptimizer, inject, LBFGS, SAM, type SAMOptions} from '../../src/index.js';
import {partitionedGroup} from '../../src/inject/partitionedGroup.js';
import {cut, windowModel} from '../support/accumulate.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {gradientFlow, type Problem} from '../support/problems.js';
import {bitsOf} from '../support/stateOf.js';
import {distance, trajectoryOfModel} from '../support/trajectories.js';
import {warningsOf} from '../support/warnings.js';

/** Two weights a and b of the given lengths, by whatever loss. */
const problemOf = (loss: Problem['loss'], start: number[][]): Problem => ({
  ...gradientFlow,
  weights: start.map((values, i) => ({name: 'ab'[i]!, shape: [values.length], start: values})),
  loss,
});

const byDescent = (problem: Problem, options: SAMOptions, steps: number, rate = 0.1) =>
  trajectoryOfModel(tf.train.sgd(rate), model => new SAM(options).inject(model), problem, steps);

describe('SAM, at the edges,', () => {
  it('stays where the gradient is zero, with the gradient of there: no NaN', async () => {
    // At a place of NaN, the gradient of a square would be NaN.
    const square = (tensor: tf.Tensor | undefined) => tf.sum(tf.square(tensor!)) as tf.Scalar;
    const flat = problemOf(([a]) => square(a), [[0, 0]]);
    for (const norm of ['global', 'perWeight'] as const)
      expect(await byDescent(flat, {rho: 1, norm}, 2)).to.deep.equal(Array(3).fill([0, 0]));
    // a alone has a gradient: b, by itself, has no direction
    const half = problemOf(([a, b]) => tf.add(square(a), square(b)), [[1], [0]]);
    expect(
      distance(await byDescent(half, {rho: 1, norm: 'perWeight'}, 1), [
        [1, 0],
        [0.6, 0],
      ]),
    ).to.be.below(2e-7);
  });

  it('shows to those behind it the infinity or NaN that the phase met, and makes no other', async () => {
    for (const slope of [Number.POSITIVE_INFINITY, Number.NaN]) {
      const steep = problemOf(
        // Of b² by the sum of a: b's gradient tells where a has been.
        ([a, b]) =>
          tf.add(tf.sum(tf.mul(a!, [1, slope])), tf.mul(tf.sum(tf.square(b!)), tf.sum(a!))) as tf.Scalar,
        [[1, 1], [3]],
      );
      for (const norm of ['global', 'perWeight'] as const) {
        let seen: number[][] = [];
        await trajectoryOfModel(
          tf.train.sgd(0),
          model => {
            const injection = new SAM({rho: 1, norm, weights: /\/a$/}).inject(model);
            injection.hooks.gradients.tap('test', gradients => {
              seen = [...gradients.values()].map(gradient => [...gradient.dataSync()]);
            });
            return injection;
          },
          steep,
          1,
        );
        expect(seen).to.deep.equal([[10, slope], [12]]);
      }
    }
  });

  it('climbs nowhere where float32 holds no square of the gradient', async () => {
    const steep = problemOf(([a]) => tf.sum(tf.mul(a!, 1e25)) as tf.Scalar, [[1]]);
    expect(distance(await byDescent(steep, {rho: 1}, 1, 1e-26), [[1], [0.9]])).to.be.below(2e-7);
  });

  it('evaluates once more in each phase, and not where ρ is 0, α is 1, or no chosen weight has a gradient', async () => {
    const evaluations = async (options: SAMOptions, prepare: (model: tfl.LayersModel) => void = () => {}) => {
      const model = windowModel();
      model.layers[0]!.name = 'hidden';
      prepare(model);
      let calls = 0;
      const {call} = model.layers[0]!;
      model.layers[0]!.call = function (...args) {
        calls++;
        return call.apply(this, args);
      };
      new SAM(options).inject(model);
      await warningsOf(() => model.trainOnBatch(...cut(0, 16)));
      model.dispose();
      return calls;
    };
    expect(await evaluations({})).to.equal(2);
    expect(await evaluations({}, model => new Heun().inject(model))).to.equal(4);
    expect(await evaluations({rho: 0})).to.equal(1);
    expect(await evaluations({rho: () => 0})).to.equal(1);
    expect(await evaluations({alpha: 1})).to.equal(1);
    const freeze = (model: tfl.LayersModel) => {
      model.layers[0]!.trainable = false;
    };
    expect(await evaluations({weights: 'hidden'}, freeze)).to.equal(1);
  });

  it('moves no frozen weight, and trains none', async () => {
    const model = windowModel();
    model.layers[0]!.trainable = false;
    const read = () => model.layers.map(layer => layer.getWeights().map(bitsOf));
    const before = read();
    const injection = new SAM({rho: 1}).inject(model);
    let moved: string[] = [];
    injection.hooks.evaluated.tap({name: 'test', stage: -1}, (_, phase) => {
      const native = phase.evaluateWith.bind(phase);
      phase.evaluateWith = places => {
        moved = [...places.keys()].map(({key}) => key);
        return native(places);
      };
    });
    await warningsOf(() => model.trainOnBatch(...cut(0, 16)));
    const after = read();
    expect(after[0]).to.deep.equal(before[0]);
    expect(after[1]).not.to.deep.equal(before[1]);
    expect(moved).to.deep.equal(
      injection.weights.filter(({variable}) => variable.trainable).map(({key}) => key),
    );
    expect(moved).to.have.length(2);
    model.dispose();
  });

  it('goes on from weights that the user has written in between', async () => {
    const model = lineModel(tf.train.sgd(0.1));
    new SAM({rho: 0.5}).inject(model);
    await model.trainOnBatch(x, y);
    tf.tidy(() => model.setWeights([tf.tensor2d([2], [1, 1])]));
    await model.trainOnBatch(x, y);
    expect(weightOf(model)).to.be.closeTo(2 - 0.1 * (5 * 2.5 - 3), 1e-6);
    model.dispose();
  });

  it('is refused beside another one or ASAM, and around a line search, wherever that sits; nothing changes', () => {
    const model = windowModel();
    const injection = new SAM().inject(model);
    for (const plugin of [new SAM(), new ASAM()])
      expect(() => injection.use(plugin)).to.throw(/PLUGIN_CONFLICT.*SAM beside SAM/);
    // Partitions refuse it themselves; a group in parts may be anybody's.
    class Within extends InjectOptimizer {
      getGroupedUpdates() {
        const [group] = new LBFGS().getGroupedUpdates();
        const takes = () => true;
        return [
          partitionedGroup([{name: 'all', takes, group: group!, rateAt: ({learningRate}) => learningRate}]),
        ];
      }
    }
    for (const search of [new LBFGS(), new Within()])
      expect(() => search.inject(model)).to.throw(/PLUGIN_CONFLICT.*line search/);
    expect(injection.plugins.map(({name}) => name)).to.deep.equal(['SAM']);
    expect(injection.optimizer.getClassName()).to.equal('SGD');
    injection.eject();
    const searching = new LBFGS().inject(model);
    for (const plugin of [new SAM(), new ASAM()])
      expect(() => searching.use(plugin)).to.throw(/PLUGIN_CONFLICT.*line search/);
    expect(searching.plugins).to.deep.equal([]);
    expect(() => inject(windowModel()).use(new ASAM()).use(new SAM())).to.throw('PLUGIN_CONFLICT');
    model.dispose();
  });

  it('is refused where its weights choose none', () => {
    const model = windowModel();
    for (const weights of ['nowhere', ['nowhere', /kernel/], /nothing/])
      expect(() => new SAM({weights}).inject(model)).to.throw(/INVALID_OPTION: weights of SAM/);
    expect(inject(model).plugins).to.deep.equal([]);
    model.dispose();
  });

  it('refuses a schedule that gives what ρ may not be, and the step has not been', async () => {
    const model = windowModel();
    const before = model.getWeights().map(bitsOf);
    const injection = new SAM({rho: () => -1}).inject(model);
    const {numTensors} = tf.memory();
    const batch = cut(0, 16);
    const message = await model.trainOnBatch(...batch).catch((error: Error) => error.message);
    tf.dispose(batch);
    expect(message).to.match(/INVALID_OPTION: rho of SAM .* after 0 steps/);
    expect(model.getWeights().map(bitsOf)).to.deep.equal(before);
    expect(injection.iterations).to.equal(0);
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });
});
