import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  InjectOptimizer,
  type InjectOptimizerOptions,
  type UpdateGroup,
  updateGroup,
} from '../../src/index.js';
import {type Oracle, plus} from '../support/oracles.js';
import {quadratic, rosenbrock, type Vectors} from '../support/problems.js';
import {distance, trajectory64, trajectoryOfOracle, trajectoryOnTensors} from '../support/trajectories.js';

const [beta1, beta2, epsilon] = [0.9, 0.99, 1e-7];

/** A user's own optimizer, as the documentation shows it: slots, and scalars of the step. */
class OwnAdam extends InjectOptimizer {
  constructor(options: InjectOptimizerOptions) {
    super(options);
  }

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'adam',
        slots: {m: 'zeros', v: 'zeros'},
        scalars: ({iterations: t, learningRate}) => ({
          rate: learningRate / (1 - beta1 ** t),
          c2: 1 / (1 - beta2 ** t),
        }),
        update: ({weight, gradient: g, m, v, rate, c2}) => {
          const m1 = m.mul(beta1).add(g.mul(1 - beta1));
          const v1 = v.mul(beta2).add(g.mul(g).mul(1 - beta2));
          return {m: m1, v: v1, weight: weight.sub(m1.mul(rate).div(v1.mul(c2).sqrt().add(epsilon)))};
        },
      }),
    ];
  }
}

/** Kingma and Ba, algorithm 1. */
function adamOracle(rate: number): Oracle {
  let [m, v]: (Vectors | undefined)[] = [];
  let t = 0;
  return (weights, gradient) => {
    const g = gradient(weights);
    const zeros = plus(g, -1, g);
    t++;
    m = plus(plus(zeros, beta1, m ?? zeros), 1 - beta1, g);
    v = plus(
      plus(zeros, beta2, v ?? zeros),
      1 - beta2,
      g.map(values => values.map(value => value * value)),
    );
    return weights.map((values, i) =>
      values.map((value, j) => {
        const [mean, variance] = [m![i]![j]! / (1 - beta1 ** t), v![i]![j]! / (1 - beta2 ** t)];
        return value - (rate * mean) / (Math.sqrt(variance) + epsilon);
      }),
    );
  };
}

/** An optimizer of the given groups. */
function optimizerOf(...groups: UpdateGroup[]): InjectOptimizer {
  class Own extends InjectOptimizer {
    getGroupedUpdates() {
      return groups;
    }
  }
  return new Own({learningRate: 0.5});
}

/** What the weights 2 and −1, with gradient 1, are after each step. */
function follow(optimizer: InjectOptimizer, steps: number): number[][] {
  const weight = tf.variable(tf.tensor1d([2, -1]));
  const seen: number[][] = [];
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(() => tf.sum(weight), false, [weight]);
    seen.push([...weight.dataSync()]);
  }
  optimizer.dispose();
  weight.dispose();
  return seen;
}

describe("A user's own rule", () => {
  it('is read over tensors and over Float64Arrays as its formula says', () => {
    for (const problem of [quadratic, rosenbrock]) {
      const expected = trajectoryOfOracle(adamOracle(0.05), problem, 60);
      const own = () => new OwnAdam({learningRate: 0.05});
      expect(distance(trajectory64(own(), problem, 60), expected)).to.be.below(1e-12);
      expect(distance(trajectoryOnTensors(own(), problem, 60), expected)).to.be.below(1e-5);
    }
  });

  it('begins its slots at zero, at a number, or as the weight where it stands', () => {
    const group = updateGroup({
      name: 'starts',
      slots: {zero: 'zeros', four: 4, copy: 'weight'},
      update: ({weight, zero, four, copy}) => ({
        zero: zero.add(1),
        four: four.add(1),
        copy,
        weight: weight.add(copy.mul(100)).add(four.mul(10)).add(zero),
      }),
    });
    // From 2: 2 + 200 + 40 + 0; then + 200 + 50 + 1.  From −1: −1 − 100 + 40 + 0; then − 100 + 50 + 1.
    expect(follow(optimizerOf(group), 2)).to.deep.equal([
      [242, -61],
      [493, -110],
    ]);
  });

  it('may leave the weight alone, and then nothing moves', () => {
    const group = updateGroup({
      name: 'watch',
      slots: {sum: 'zeros'},
      update: ({gradient, sum}) => ({sum: sum.add(gradient)}),
    });
    expect(follow(optimizerOf(group), 2)[1]).to.deep.equal([2, -1]);
  });

  it('shares the slots of one name among the groups of an optimizer, and each group sees its own gradient', () => {
    const write = updateGroup({
      name: 'write',
      slots: {note: 'zeros'},
      update: ({weight, note}) => ({note: note.add(1), weight: weight.add(note)}),
    });
    const use = updateGroup({
      name: 'use',
      slots: {note: 'zeros'},
      update: ({weight, note}) => ({weight: weight.add(note.mul(10))}),
    });
    // Step 1: 2 + 0, then + 10·1.  Step 2: + 1, then + 10·2.
    expect(follow(optimizerOf(write, use), 2).map(([first]) => first)).to.deep.equal([12, 33]);
  });

  it('gives the same as a function over all tensors', () => {
    const rule = updateGroup({
      name: 'rule',
      update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
    });
    const compute = updateGroup({
      name: 'compute',
      compute: ({weights, learningRate}) =>
        weights.map(({weight, gradient}) => ({weight: tf.sub(weight, tf.mul(gradient, learningRate))})),
    });
    expect(follow(optimizerOf(compute), 3)).to.deep.equal(follow(optimizerOf(rule), 3));
    expect(follow(optimizerOf(rule), 1)).to.deep.equal([[1.5, -1.5]]);
  });

  it('is refused when its definition makes no sense', () => {
    const update = () => ({});
    const wrong: [unknown, string][] = [
      [{update}, 'needs a name'],
      [{name: '', update}, 'needs a name'],
      [{name: 'g'}, "either 'update' or 'compute'"],
      [{name: 'g', update, compute: () => []}, "either 'update' or 'compute'"],
      [{name: 'g', slots: {weight: 'zeros'}, update}, 'a slot of group'],
      [{name: 'g', slots: {'a/b': 'zeros'}, update}, 'a slot of group'],
      [{name: 'g', slots: {m: 'ones'}, update}, "slot 'm' of group 'g'"],
      [{name: 'g', slots: {m: Number.NaN}, update}, "slot 'm' of group 'g'"],
      [
        {name: 'g', scalars: 3, update},
        "'scalars' a function, or names other than those of slots and operands; received 3",
      ],
      [{name: 'g', scalars: [3], update}, 'received [3]'],
      ...['weight', 'gradient', 'learningRate', 'm'].map((name): [unknown, string] => [
        {name: 'g', slots: {m: 'zeros'}, scalars: [name], update},
        `slots and operands; received ["${name}"]`,
      ]),
      [{name: 'g', counters: {weight: 0}, scalars: () => ({}), update}, "counter 'weight'"],
      [{name: 'g', evaluates: true, update}, "'evaluates'"],
      [{name: 'g', evaluates: 1, compute: () => []}, 'boolean'],
      [{name: 'g', prepareGradient: 3, update}, 'function'],
      [{name: 'g', point: 3, update}, 'function'],
      [{name: 'g', point: update, compute: () => []}, "with 'update'"],
      [{name: 'g', prepareGradient: update, compute: () => []}, "with 'update'"],
    ];
    for (const [definition, says] of wrong) {
      expect(() => updateGroup(definition as never))
        .to.throw(/INVALID_OPTION/)
        .and.to.have.property('message')
        .that.contains(says);
    }
  });
});
