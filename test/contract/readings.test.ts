import {expect} from 'chai';
import {trajectoryInDoubles} from '../support/doubles.js';
import {logisticRegression, type Problem, problems, quadratic, rosenbrock} from '../support/problems.js';
import {
  distance,
  type Trajectory,
  trajectoryOfModel,
  trajectoryOfOracle,
  trajectoryOnTensors,
} from '../support/trajectories.js';
import {comparable, optimizers} from './registry.js';

describe('Every problem', () => {
  for (const problem of problems) {
    it(`has a gradient that is the slope of its loss: ${problem.name}`, () => {
      const at = problem.weights.map(({start}) => Float64Array.from(start));
      problem.gradient64(at).forEach((gradient, i) => {
        gradient.forEach((slope, j) => {
          const lossAt = (shift: number) =>
            problem.loss64(at.map((w, k) => (k === i ? w.map((v, l) => (l === j ? v + shift : v)) : w)));
          const measured = (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5;
          expect(measured).to.be.closeTo(slope, 1e-7 * Math.max(1, Math.abs(slope)));
        });
      });
    });
  }
});

for (const entry of optimizers) {
  const {name, make, oracle, rate} = entry;
  describe(`The rules of ${name}`, () => {
    const rateOn = (problem: Problem) => rate ?? problem.learningRate;
    const expectNear = (problem: Problem, tolerance: number, actual: Trajectory, steps: number) => {
      const shapes = problem.weights.map(({shape}) => shape);
      const expected = trajectoryOfOracle(oracle(rateOn(problem), shapes), problem, steps);
      const compared = actual.slice(0, steps + 1);
      expect(distance([compared[0]!], [compared.at(-1)!])).to.be.above(0.1, 'the weights moved');
      expect(distance(compared, expected)).to.be.below(tolerance);
    };

    for (const problem of problems) {
      const {double: steps} = comparable(entry, problem.name);
      if (steps === 0) continue;
      it(`read in double precision follow the formula to 1e-12 on ${problem.name}`, async () => {
        expectNear(problem, 1e-12, await trajectoryInDoubles(entry, problem), steps);
      });
    }

    for (const problem of [quadratic, rosenbrock, logisticRegression]) {
      const {single: steps} = comparable(entry, problem.name);
      if (steps === 0) continue;
      it(`read over tensors follow the formula to 1e-5 on ${problem.name}`, () => {
        expectNear(problem, 1e-5, trajectoryOnTensors(make(rateOn(problem)), problem, steps), steps);
      });
    }

    it('give the same bits injected into a model as in a hand-written loop', async () => {
      const injected = await trajectoryOfModel(
        make(1),
        model => make(rateOn(rosenbrock)).inject(model),
        rosenbrock,
        5,
      );
      expect(injected).to.deep.equal(trajectoryOnTensors(make(rateOn(rosenbrock)), rosenbrock, 5));
    });
  });
}
