import './backend.js';
import {fusion} from '../../src/rules/fused.js';
import {followSamRun, samProblems, samRunNames} from './samRuns.js';
import type {Trajectory} from './trajectories.js';

// A kernel computes in float32.
fusion.isOn = false;

const steps = Number(process.argv[2]);
const all: Record<string, Record<string, Trajectory>> = {};
for (const name of samRunNames) {
  all[name] = {};
  for (const problem of samProblems) all[name][problem.name] = await followSamRun(name, problem, steps);
}
console.log(JSON.stringify(all));
