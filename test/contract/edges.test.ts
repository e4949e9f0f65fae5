import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {isElementwise} from '../support/isElementwise.js';
import {modelCases, weightsOf} from '../support/models.js';
import {stepBy} from '../support/stepBy.js';
import {type OptimizerEntry, optimizers, slotCount} from './registry.js';

const rate = 0.01;
const start = [1, 0, -2.5];
const repeat = (value: number, times: number): number[] => Array(times).fill(value);
const read = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** The weights and all slots after steps by gradients whose elements are alike. */
async function run(optimizer: tf.Optimizer, gradients: readonly number[]) {
  const weight = tf.variable(tf.tensor1d(start));
  for (const each of gradients) tf.tidy(() => stepBy(tf.fill([start.length], each), optimizer, weight));
  const slots = (await optimizer.getWeights()).flatMap(({tensor}) => read(tensor));
  const weights = read(weight);
  for (const each of [optimizer, weight]) each.dispose();
  return {weights, slots, all: [...weights, ...slots]};
}

/** The formula's weights in double precision. */
function formula({oracle}: OptimizerEntry, gradients: readonly number[]): number[] {
  const take = oracle(rate);
  let weights: readonly Float64Array[] = [Float64Array.from(start)];
  for (const each of gradients)
    weights = take(
      [...weights],
      at => at.map(values => values.map(() => each)),
      at => at.reduce((sum, values) => values.reduce((total, value) => total + value * each, sum), 0),
    );
  return [...weights[0]!];
}

function take(steps: number, entry: OptimizerEntry, shape: number[], values: ArrayLike<number>) {
  const [gradient, weight] = [tf.tensor(Float32Array.from(values), shape), tf.variable(tf.ones(shape))];
  const optimizer = entry.make(rate);
  for (let i = 0; i < steps; i++) stepBy(gradient, optimizer, weight);
  const moved = Float32Array.from(weight.dataSync());
  for (const each of [optimizer, gradient, weight]) each.dispose();
  return moved;
}

/** What training on a batch without rows does: its loss, or what it throws. */
async function trainOnNothing(model: LayersModel): Promise<unknown> {
  const [x, y] = [model.inputs, model.outputs].map(([each]) => tf.zeros([0, each!.shape[1]!]));
  const result = await model.trainOnBatch(x!, y!).catch((error: Error) => error.message);
  tf.dispose([x, y]);
  return result;
}

for (const entry of optimizers) {
  const {name, make} = entry;
  describe(`${name}, at the edges,`, () => {
    it('does what its formula does at gradients of zero: without decay, nothing', async () => {
      const {weights, all} = await run(make(rate), repeat(0, 8));
      expect(all.every(Number.isFinite)).to.equal(true);
      const expected = formula(entry, repeat(0, 8));
      for (const [i, weight] of weights.entries())
        expect(weight).to.be.closeTo(expected[i]!, expected[i] === start[i] ? 0 : 1e-5);
    });

    it('does at gradients of 1e-38 what its formula does, or its backend, to which they are 0', async () => {
      const gradients = repeat(1e-38, 4);
      const {weights, all} = await run(make(rate), gradients);
      expect(all.every(Number.isFinite)).to.equal(true);
      // TensorFlow counts what is below 1.2e-38 as 0; else Lion and Rprop move by the sign.
      const near = (expected: number[]) =>
        weights.every((weight, i) => Math.abs(weight - expected[i]!) < 1e-5);
      expect([gradients, repeat(0, 4)].some(each => near(formula(entry, each)))).to.equal(true);
    });

    it('has no NaN from gradients of 1e30; where their square is infinite, no gradient moves it again', async () => {
      const [up, down] = [1, -1].map(sign => run(make(rate), [...repeat(1e30, 9), sign, sign]));
      const {weights, slots, all} = await up!;
      expect(weights.every(Number.isFinite)).to.equal(true);
      expect(all.some(Number.isNaN)).to.equal(false);
      // g² is above float32's 3.4e38: the formula itself then divides by ∞, for good, since ∞ never decays.
      if (slots.includes(Number.POSITIVE_INFINITY)) expect(weights).to.deep.equal((await down!).weights);
    });

    it('leaves a weight that the loss does not touch, and makes no slots for it', async () => {
      const [touched, untouched] = [tf.variable(tf.tensor1d(start)), tf.variable(tf.tensor1d(start))];
      const optimizer = make(rate);
      for (let i = 0; i < 2; i++) tf.tidy(() => stepBy(tf.ones([3]), optimizer, touched, [untouched]));
      expect(read(untouched)).to.deep.equal(start);
      const names = (await optimizer.getWeights()).map(each => each.name);
      const slots = slotCount(entry, [{key: touched.name, variable: touched}]);
      expect(names.filter(each => each.endsWith(`/${touched.name}`))).to.have.length(slots);
      expect(names.filter(each => each.endsWith(`/${untouched.name}`))).to.deep.equal([]);
      for (const each of [optimizer, touched, untouched]) each.dispose();
    });

    it('takes a scalar and a weight of rank 5 as it takes a vector', () => {
      const values = [0.5, -1, 2, 0, 3e-5, 0.25, -7, 1];
      for (const shape of [[], [2, 1, 2, 1, 2]]) {
        const part = values.slice(0, tf.util.sizeFromShape(shape));
        const moved = take(8, entry, shape, part);
        expect(moved.every(Number.isFinite)).to.equal(true);
        expect(moved[0]).not.to.equal(1);
        if (isElementwise(make())) expect(moved).to.deep.equal(take(8, entry, [part.length], part));
      }
    });

    it('takes a batch without rows as tfjs does, and changes nothing where tfjs throws', async () => {
      for (const modelCase of modelCases.slice(0, 2)) {
        const [native, model] = [modelCase.make('sgd'), modelCase.make('sgd')];
        const injection = make(rate).inject(model);
        const before = weightsOf(model);
        const expected = await trainOnNothing(native);
        const {numTensors} = tf.memory();
        expect(await trainOnNothing(model)).to.deep.equal(expected);
        const hasThrown = typeof expected === 'string';
        expect(injection.iterations).to.equal(hasThrown ? 0 : 1);
        expect(weightsOf(model).every(values => values.every(Number.isFinite))).to.equal(true);
        if (hasThrown) {
          expect(weightsOf(model)).to.deep.equal(before);
          expect(tf.memory().numTensors).to.equal(numTensors);
        } else if (name === 'SGD') expect(weightsOf(model)).to.deep.equal(weightsOf(native));
        for (const each of [native, model]) each.dispose();
      }
    });
  });
}

describe('A weight of one million elements', () => {
  const few = [0.5, -1, 2, 0, 3e-5, 0.25, -7, 1e-12];
  const many = Float32Array.from({length: 1e6}, (_, i) => few[i % few.length]!);
  const shapeOf = ({phases, slots}: OptimizerEntry) => `${phases} ${slots.length}`;
  // In plain JavaScript a million takes its time: one optimizer for each number of phases and slots is enough there.
  const isTried = (entry: OptimizerEntry) =>
    tf.getBackend() === 'cpu'
      ? entry === optimizers.find(other => shapeOf(other) === shapeOf(entry))
      : !entry.isVariant;
  for (const entry of optimizers.filter(isTried)) {
    it(`takes two steps of ${entry.name} as each of its elements alone would, bit for bit`, () => {
      const moved = take(2, entry, [many.length], many);
      expect(moved.every(Number.isFinite)).to.equal(true);
      if (!isElementwise(entry.make())) return;
      const expected = take(2, entry, [few.length], few);
      expect(moved.every((weight, i) => weight === expected[i % few.length])).to.equal(true);
    });
  }
});
