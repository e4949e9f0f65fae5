import type {OptimizerEntry} from '../contract/registry.js';
import {inDoubles} from './inDoubles.js';
import {isElementwise} from './isElementwise.js';
import type {Problem} from './problems.js';
import {type Trajectory, trajectory64} from './trajectories.js';

const steps = 60;
let computed: Promise<Record<string, Record<string, Trajectory>>> | undefined;

/**
 * An optimizer's way in double precision: its rules read over `Float64Array`s, where it has nothing else; else the
 * whole library over a TensorFlow.js whose tensors are double, in a process of its own.
 */
export async function trajectoryInDoubles(entry: OptimizerEntry, problem: Problem): Promise<Trajectory> {
  const {name, make, rate} = entry;
  if (isElementwise(make())) return trajectory64(make(rate ?? problem.learningRate), problem, steps);
  computed ??= compute();
  return (await computed)[name]![problem.name]!;
}

async function compute() {
  return JSON.parse(await inDoubles('doublesProcess.ts', String(steps)));
}
