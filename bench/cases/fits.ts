import type {Environment} from '../environment.js';
import type {Case} from './case.js';
import {convolutional, deep, type ModelCase, oneWeight, recurrent, wide} from './models.js';
import {heun, lookahead, nativeAdam, nativeSGD, ourAdam, transparent} from './setups.js';
import {fitRepeats, fits, type Setup} from './training.js';

/** Whole `fit`s against native ones; and native ones against each other, which shows what the machine can tell. */
export const fitCases: readonly Case[] = [
  ...[deep, wide, convolutional, recurrent].map(model => wholeFit('fits', model, ourAdam, nativeAdam)),
  ...[deep, wide].flatMap(model => [
    wholeFit('heun', model, heun, nativeSGD),
    wholeFit('lookahead', model, lookahead, nativeAdam),
    wholeFit('transparent', model, transparent, nativeAdam),
    wholeFit('control', model, nativeAdam, nativeAdam),
  ]),
  wholeFit('transparent', oneWeight, transparent, nativeAdam),
];

function wholeFit(group: string, model: ModelCase, ours: Setup, theirs: Setup): Case {
  return {
    group,
    name: model.name,
    repeats: fitRepeats(model),
    omitted: ({slowness, isQuick}: Environment) => {
      if (model.isLarge && slowness !== undefined) return slowness;
      return model.isLarge && isQuick ? 'a quick run' : undefined;
    },
    prepare: environment => fits(model, ours, theirs, environment),
  };
}
