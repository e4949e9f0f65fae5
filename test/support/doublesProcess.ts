import './backend.js';
import {fusion} from '../../src/rules/fused.js';
import {optimizers} from '../contract/registry.js';
import {isElementwise} from './isElementwise.js';
import {problems} from './problems.js';
import {trajectoryOnTensors} from './trajectories.js';

// A kernel computes in float32.
fusion.isOn = false;

const steps = Number(process.argv[2]);
const trajectories = Object.fromEntries(
  optimizers
    .filter(({make}) => !isElementwise(make()))
    .map(({name, make, rate}) => [
      name,
      Object.fromEntries(
        problems.map(problem => [
          problem.name,
          trajectoryOnTensors(make(rate ?? problem.learningRate), problem, steps),
        ]),
      ),
    ]),
);
console.log(JSON.stringify(trajectories));
