import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {comparable, optimizers} from '../contract/registry.js';
import {trajectoryInDoubles} from '../support/doubles.js';
import {problems} from '../support/problems.js';
import {distance, type Trajectory, trajectoryOnTensors} from '../support/trajectories.js';

/** Weights after some of the steps, by the number of the step. */
type Kept = Record<string, number[]>;

interface Golden {
  readonly source: string;
  readonly trajectories: Record<string, Record<string, {float64: Kept; float32: Kept}>>;
}

/** Compares steps up to `last`: at least ten, where an optimizer's steps are comparable throughout. */
function expectNear(actual: Trajectory, all: Kept, tolerance: number, last: number): void {
  const golden = upTo(all, last);
  const steps = Object.keys(golden).map(Number);
  expect(steps.length).to.be.at.least(last < 60 ? 1 : 10);
  expect(
    distance(
      steps.map(step => actual[step]!),
      Object.values(golden),
    ),
  ).to.be.below(tolerance);
}

const upTo = (kept: Kept, last: number): Kept =>
  Object.fromEntries(Object.entries(kept).filter(([step]) => Number(step) <= last));

for (const entry of optimizers.filter(({golden}) => golden)) {
  const {name, make, rate, golden: file, sourceRounding = 1e-12} = entry;
  const golden: Golden = JSON.parse(readFileSync(new URL(file!, import.meta.url), 'utf8'));

  describe(`The golden trajectories of ${name}, made by ${golden.source}`, () => {
    for (const [problemName, {float64, float32}] of Object.entries(golden.trajectories[name]!)) {
      const problem = problems.find(candidate => candidate.name === problemName)!;
      const {double, single} = comparable(entry, problemName);

      const learningRate = rate ?? problem.learningRate;
      const [rounded, exact] = [float32, float64].map(kept => Object.values(upTo(kept, single)));
      const gap = distance(rounded!, exact!);

      if (double > 0)
        it(`are met in double precision to ${sourceRounding} on ${problemName}`, async () => {
          expectNear(await trajectoryInDoubles(entry, problem), float64, sourceRounding, double);
        });

      if (single > 0)
        it(`are met on tensors to 1e-5, or three times the source's own gap to double precision, on ${problemName}`, () => {
          const actual = trajectoryOnTensors(make(learningRate), problem, single);
          expectNear(actual, float64, Math.max(1e-5, 3 * gap), single);
        });
    }
  });
}
