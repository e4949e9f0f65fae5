import {heun} from './claims/heun.js';
import {lookahead} from './claims/lookahead.js';
import {noisyQuadratic} from './claims/noisyQuadratic.js';
import {radam} from './claims/radam.js';
import {rangerOnImages} from './claims/rangerOnImages.js';
import {rangerOnText} from './claims/rangerOnText.js';
import {rectification} from './claims/rectification.js';
import {sparseAndNoisy} from './claims/sparseAndNoisy.js';
import type {Experiment} from './experiment.js';

/** All experiments, in the order of the report. */
export const experiments = [
  sparseAndNoisy,
  rectification,
  radam,
  noisyQuadratic,
  lookahead,
  rangerOnImages,
  rangerOnText,
  heun,
] as unknown as readonly Experiment[];

export function experimentOf(name: string): Experiment {
  const found = experiments.find(each => each.name === name);
  if (!found) throw new RangeError(`There is no experiment ${name}`);
  return found;
}
