import {readFileSync} from 'node:fs';
import {expect} from 'chai';
import {inDoubles} from '../support/inDoubles.js';
import {followSamRun, samProblems, samRunNames} from '../support/samRuns.js';
import {distance, type Trajectory} from '../support/trajectories.js';

/** Weights after some of the steps, by the number of the step. */
type Kept = Record<string, number[]>;

interface Golden {
  readonly source: string;
  readonly trajectories: Record<string, Record<string, {float64: Kept; float32: Kept}>>;
}

const golden: Golden = JSON.parse(readFileSync(new URL('sam.json', import.meta.url), 'utf8'));
const steps = 60;

describe(`The golden trajectories of SAM and ASAM, made by ${golden.source}`, () => {
  let double: Record<string, Record<string, Trajectory>> | undefined;

  for (const [name, byProblem] of Object.entries(golden.trajectories))
    for (const [problem, {float64, float32}] of Object.entries(byProblem)) {
      const away = (trajectory: Trajectory) =>
        distance(
          Object.keys(float64).map(step => trajectory[Number(step)]!),
          Object.values(float64),
        );

      it(`are met in double precision to 1e-12: ${name} on ${problem}`, async () => {
        double ??= JSON.parse(await inDoubles('samInDoubles.ts', String(steps)));
        expect(Object.keys(float64)).to.have.length.at.least(10);
        expect(away(double![name]![problem]!)).to.be.below(1e-12);
      });

      it(`are met on tensors to 1e-5, or three times the source's own gap: ${name} on ${problem}`, async () => {
        const at = samProblems.find(each => each.name === problem)!;
        const gap = distance(Object.values(float32), Object.values(float64));
        expect(away(await followSamRun(name, at, steps))).to.be.below(Math.max(1e-5, 3 * gap));
      });
    }

  it('are of every run that there is, on three problems', () => {
    expect(Object.keys(golden.trajectories)).to.have.members(samRunNames);
    for (const byProblem of Object.values(golden.trajectories))
      expect(Object.keys(byProblem)).to.deep.equal(samProblems.map(({name}) => name));
  });
});
