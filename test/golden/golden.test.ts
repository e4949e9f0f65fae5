import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {optimizers} from '../contract/registry.js';
import {trajectoryInDoubles} from '../support/doubles.js';
import {problems} from '../support/problems.js';
import {distance, type Trajectory, trajectoryOnTensors} from '../support/trajectories.js';

/** Weights after some of the steps, by the number of the step. */
type Kept = Record<string, number[]>;

interface Golden {
  readonly source: string;
  readonly trajectories: Record<string, Record<string, {float64: Kept; float32: Kept}>>;
}

function expectNear(actual: Trajectory, golden: Kept, tolerance: number): void {
  const steps = Object.keys(golden).map(Number);
  expect(steps.length).to.be.at.least(10);
  expect(
    distance(
      steps.map(step => actual[step]!),
      Object.values(golden),
    ),
  ).to.be.below(tolerance);
}

for (const entry of optimizers.filter(({golden}) => golden)) {
  const {name, make, rate, golden: file} = entry;
  const golden: Golden = JSON.parse(readFileSync(new URL(file!, import.meta.url), 'utf8'));

  describe(`The golden trajectories of ${name}, made by ${golden.source}`, () => {
    for (const [problemName, {float64, float32}] of Object.entries(golden.trajectories[name]!)) {
      const problem = problems.find(candidate => candidate.name === problemName)!;
      const last = Number(Object.keys(float64).at(-1));

      const learningRate = rate ?? problem.learningRate;
      const gap = distance(Object.values(float32), Object.values(float64));

      it(`are met in double precision to 1e-12 on ${problemName}`, async () => {
        expectNear(await trajectoryInDoubles(entry, problem), float64, 1e-12);
      }).timeout(120_000);

      it(`are met on tensors to 1e-5, or three times the source's own gap to double precision, on ${problemName}`, () => {
        const actual = trajectoryOnTensors(make(learningRate), problem, last);
        expectNear(actual, float64, Math.max(1e-5, 3 * gap));
      });
    }
  });
}
