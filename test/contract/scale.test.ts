import {expect} from 'chai';
import {
  AdaBelief,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Adan,
  AdEMAMix,
  type InjectOptimizer,
  Lion,
  NAdam,
  RMSprop,
  Rprop,
} from '../../src/index.js';
import {logisticRegression, problems, quadratic, rosenbrock} from '../support/problems.js';
import {epsilonsOf, remade} from '../support/remade.js';
import {times} from '../support/times.js';
import {distance, trajectory64, trajectoryOnTensors} from '../support/trajectories.js';
import {type OptimizerEntry, optimizers} from './registry.js';

/** By their formulas a step of these is a quotient of gradients, or has only their signs: without ε and decay. */
const scaleFree = [AdaBelief, Adagrad, Adam, Adamax, AdamW, Adan, AdEMAMix, Lion, NAdam, RMSprop, Rprop];
const isScaleFree = (optimizer: InjectOptimizer) =>
  scaleFree.some(each => each === optimizer.constructor) &&
  !('rectify' in optimizer.options && optimizer.options.rectify);

const pure = (entry: OptimizerEntry, learningRate: number) =>
  remade(entry, {
    ...Object.fromEntries(epsilonsOf(entry, 0).map(name => [name, 0])),
    ...{weightDecay: 0, initialAccumulator: 0, learningRate},
  });

for (const entry of optimizers.filter(({make}) => isScaleFree(make()))) {
  describe(`${entry.name} without ε and decay`, () => {
    for (const problem of [quadratic, rosenbrock, logisticRegression]) {
      it(`takes the same path when the loss is multiplied by 1,000, on ${problem.name}`, () => {
        const make = () => pure(entry, entry.rate ?? problem.learningRate);
        const path = trajectory64(make(), problem, 60);
        expect(distance([path[0]!], [path.at(-1)!])).to.be.above(0.1, 'the weights moved');
        expect(distance(trajectory64(make(), times(1000, problem), 60), path)).to.be.below(1e-12);
        // A power of two is exact in float32: not a bit changes.
        expect(trajectoryOnTensors(make(), times(1024, problem), 60)).to.deep.equal(
          trajectoryOnTensors(make(), problem, 60),
        );
      });
    }
  });
}

describe('SGD', () => {
  it('does not', () => {
    const sgd = optimizers.find(({name}) => name === 'SGD')!;
    const [once, twice] = [1, 2].map(factor => trajectory64(pure(sgd, 1e-4), times(factor, problems[0]!), 9));
    expect(distance(once!, twice!)).to.be.above(0.01);
  });
});
