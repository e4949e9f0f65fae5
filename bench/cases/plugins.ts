import type {LayersModel} from '@tensorflow/tfjs-layers';
import {
  ClipByGlobalNorm,
  EMA,
  type Injection,
  InjectPlugin,
  inject,
  LearningRate,
  Monitor,
  type Phase,
  type Plugin,
  SAM,
} from '../../src/index.js';
import type {Case} from './case.js';
import {middling} from './models.js';
import {nativeAdam, nativeSGD, ourAdam, ourSGD, sam} from './setups.js';
import {fitRepeats, fits, type Setup} from './training.js';

/** As a user may write it: taps hooks of every kind, and looks at what it is given, by reference. */
class Observer extends InjectPlugin {
  seen = 0;

  constructor(override readonly name: string) {
    super();
  }

  apply({hooks}: Injection): void {
    const look = (tensors: Iterable<{readonly shape: readonly number[]}>) => {
      for (const {shape} of tensors) this.seen += shape.length;
    };
    hooks.learningRate.tap(this.name, rate => {
      this.seen += rate;
    });
    hooks.beforeStep.tap(this.name, ({weights}) => look(weights.map(({variable}) => variable)));
    hooks.evaluated.tap(this.name, ({loss, gradients}) => look([loss, ...gradients.values()]));
    hooks.gradients.tap(this.name, gradients => look(gradients.values()));
    hooks.afterPhase.tap(this.name, (phase: Phase) => look(phase.gradients.values()));
    hooks.afterStep.tap(this.name, ({weights}) => look(weights.map(({variable}) => variable)));
  }
}

/** An optimizer with plugins around it. */
const around =
  (optimizer: Setup, ...plugins: (() => Plugin)[]): Setup =>
  (model: LayersModel, loss) => {
    optimizer(model, loss);
    const injection = inject(model);
    for (const make of plugins) injection.use(make());
  };

const observers = Array.from({length: 10}, (_, i) => () => new Observer(`observer ${i}`));

const three = [
  () => new ClipByGlobalNorm({clipNorm: 1}),
  () => new LearningRate({learningRate: steps => 0.001 / (1 + 0.001 * steps)}),
  () => new EMA({decay: 0.99}),
];

/** Whole `fit`s with plugins, against TensorFlow.js's optimizer of the same name without; a row here is a case. */
const rows: readonly {readonly name: string; readonly ours: Setup; readonly theirs: Setup}[] = [
  {name: 'ten that observe : Adam', ours: around(nativeAdam, ...observers), theirs: nativeAdam},
  {name: 'Monitor : Adam', ours: around(nativeAdam, () => new Monitor()), theirs: nativeAdam},
  {
    name: 'Monitor, every tenth step : Adam',
    ours: around(nativeAdam, () => new Monitor({measureEvery: 10})),
    theirs: nativeAdam,
  },
  {name: 'SAM : SGD', ours: sam, theirs: nativeSGD},
  {name: 'SAM around our SGD : SGD', ours: around(ourSGD, () => new SAM()), theirs: nativeSGD},
  {
    name: 'ClipByGlobalNorm, LearningRate, EMA : Adam',
    ours: around(nativeAdam, ...three),
    theirs: nativeAdam,
  },
  {
    name: 'ClipByGlobalNorm, LearningRate, EMA around our Adam : Adam',
    ours: around(ourAdam, ...three),
    theirs: nativeAdam,
  },
];

export const pluginCases: readonly Case[] = rows.map(({name, ours, theirs}) => ({
  group: 'plugins',
  name,
  repeats: fitRepeats(middling),
  prepare: environment => fits(middling, ours, theirs, environment),
}));
