import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Injection, InjectOptimizer, SlotStart} from '../../src/index.js';
import {Float64Operand} from './float64.js';
import {lossModel, outputAsLoss} from './lossModel.js';
import type {Oracle} from './oracles.js';
import type {Problem, Vectors} from './problems.js';

/** All weights, one after the other, after each step; entry 0 is the start. */
export type Trajectory = readonly (readonly number[])[];

const startOf = (problem: Problem): Vectors => problem.weights.map(({start}) => Float64Array.from(start));
const flat = (weights: Iterable<Iterable<number>>) => [...weights].flatMap(values => [...values]);

/** An independent oracle's way. */
export function trajectoryOfOracle(oracle: Oracle, problem: Problem, steps: number): Trajectory {
  let weights = startOf(problem);
  const trajectory = [flat(weights)];
  for (let step = 1; step <= steps; step++) {
    weights = oracle(weights, problem.gradient64, problem.loss64);
    trajectory.push(flat(weights));
  }
  return trajectory;
}

/** What elementwise rules do when they are read over `Float64Array`s: from `getGroupedUpdates()` alone. */
export function trajectory64(optimizer: InjectOptimizer, problem: Problem, steps: number): Trajectory {
  const groups = optimizer.getGroupedUpdates();
  if (!('length' in groups)) throw new TypeError('Only optimizers whose groups are fixed are read here.');
  let weights = startOf(problem);
  const slots = new Map<string, Float64Array>();
  const trajectory = [flat(weights)];
  for (let iterations = 1; iterations <= steps; iterations++) {
    const {learningRate: rate} = optimizer;
    const learningRate = typeof rate === 'function' ? rate(iterations - 1) : rate;
    for (const group of groups) {
      if (group.kind !== 'rule') throw new TypeError(`Group '${group.name}' is no rule.`);
      const gradients = problem.gradient64(weights);
      const scalars =
        typeof group.scalars === 'function' ? group.scalars({iterations, learningRate, counters: {}}) : {};
      weights = weights.map((weight, i) => {
        const operands: Record<string, Float64Operand> = {
          weight: new Float64Operand(weight),
          gradient: new Float64Operand(gradients[i]!),
          learningRate: Float64Operand.of(learningRate),
        };
        for (const [name, value] of Object.entries(scalars)) operands[name] = Float64Operand.of(value);
        for (const [slot, start] of Object.entries(group.slots)) {
          operands[slot] = new Float64Operand(slots.get(`${slot}/${i}`) ?? begin(start, weight));
        }
        const {weight: moved, ...rest} = group.update(operands) as Record<string, Float64Operand>;
        for (const [slot, {values}] of Object.entries(rest)) slots.set(`${slot}/${i}`, values);
        return moved?.values ?? weight;
      });
    }
    trajectory.push(flat(weights));
  }
  return trajectory;
}

function begin(start: SlotStart, weight: Float64Array): Float64Array {
  if (start === 'weight') return weight;
  return weight.map(() => (start === 'zeros' ? 0 : (start as number)));
}

/** A hand-written loop of `minimize` over variables, on the backend in use. */
export function trajectoryOnTensors(optimizer: tf.Optimizer, problem: Problem, steps: number): Trajectory {
  const variables = problem.weights.map(({shape, start}) => tf.variable(tf.tensor(start, shape)));
  const read = () => flat(variables.map(variable => variable.dataSync()));
  const trajectory = [read()];
  for (let step = 1; step <= steps; step++) {
    optimizer.minimize(() => tf.tidy(() => problem.loss(variables)), false, variables);
    trajectory.push(read());
  }
  optimizer.dispose();
  tf.dispose(variables);
  return trajectory;
}

/** A model whose loss is the problem's, trained batch by batch. */
export async function trajectoryOfModel(
  optimizer: tf.Optimizer,
  inject: (model: LayersModel) => Injection,
  problem: Problem,
  steps: number,
): Promise<Trajectory> {
  const model = lossModel(problem.weights, weights => problem.loss(weights));
  model.compile({optimizer, loss: outputAsLoss});
  inject(model);
  const read = () => flat(model.getWeights().map(weight => weight.dataSync()));
  const trajectory = [read()];
  const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
  for (let step = 1; step <= steps; step++) {
    await model.trainOnBatch(x, y);
    trajectory.push(read());
  }
  tf.dispose([x, y]);
  model.dispose();
  return trajectory;
}

/** The greatest difference of two trajectories, relative where the second is above 1. */
export function distance(a: Trajectory, b: Trajectory): number {
  if (a.length !== b.length) throw new RangeError(`Trajectories of ${a.length} and ${b.length} entries.`);
  return Math.max(
    ...b.flatMap((expected, step) =>
      expected.map((value, i) => {
        const difference = Math.abs(a[step]![i]! - value) / Math.max(1, Math.abs(value));
        return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      }),
    ),
  );
}
