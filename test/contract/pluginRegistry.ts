import {rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  AccumulateGradients,
  AdaptiveClip,
  ASAM,
  BatchNormStatistics,
  BestWeights,
  Cautious,
  CentralizeGradients,
  Checkpoint,
  ClipByGlobalNorm,
  ClipByNorm,
  ClipByValue,
  Constraints,
  EMA,
  type InjectPlugin,
  LearningRate,
  LearningRateFinder,
  Lookahead,
  MicroBatch,
  Monitor,
  ReduceOnPlateau,
  SAM,
  SkipNonFinite,
  SWA,
  schedules,
  WeightDecay,
} from '../../src/index.js';
import {measures} from '../../src/plugins/shared/measuring.js';

/** A plugin with one choice of its options: what the battery of this folder needs to know of it. */
export interface PluginEntry {
  readonly name: string;
  make(): InjectPlugin;
  /** The same plugin in the setting that equals none at all, bit for bit. */
  neutral?(): InjectPlugin;
  /** Tensors per weight while it is in use. */
  readonly slots: number;
  /** Tensors that are of no weight, once a step of so many phases was taken. Default: none. */
  tensors?(phases: number): number;
  /** Differs from another entry in numbers alone: then it is tried around one optimizer only. */
  readonly isVariant?: boolean;
  /** Kinds of models that it does not take, by their names. */
  readonly refusesModels?: RegExp;
  /** Batches to a step: the batteries count steps, and so leave it out. */
  readonly batchesPerStep?: number;
  /** Why it refuses to be used around some optimizers; by the names that stacks.ts gives them. */
  readonly refuses?: Readonly<Record<string, string>>;
}

/** Written when a fit ends. */
const folder = join(tmpdir(), `tfjs-inject-checkpoints-${process.pid}`);
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
const ownFolder = `file://${folder}`;

/** In the order of the alphabet. */
export const plugins: readonly PluginEntry[] = [
  {
    name: 'AccumulateGradients',
    make: () => new AccumulateGradients({steps: 2}),
    neutral: () => new AccumulateGradients({steps: 1}),
    slots: 0,
    batchesPerStep: 2,
  },
  {
    name: 'AdaptiveClip',
    make: () => new AdaptiveClip({clipping: 0.05}),
    neutral: () => new AdaptiveClip({clipping: Number.POSITIVE_INFINITY}),
    slots: 0,
  },
  {name: 'ASAM', make: () => new ASAM({rho: 0.2}), neutral: () => new ASAM({rho: 0}), slots: 0},
  {
    name: 'BatchNormStatistics',
    make: () => new BatchNormStatistics({from: 'none'}),
    neutral: () => new BatchNormStatistics({from: 'first'}),
    slots: 0,
  },
  {
    name: 'BestWeights',
    make: () => new BestWeights({monitor: 'loss', startFromEpoch: 1000}),
    neutral: () => new BestWeights({monitor: 'loss', startFromEpoch: 1000}),
    slots: 0,
  },
  {
    name: 'Cautious',
    make: () => new Cautious(),
    slots: 0,
    refuses: {Heun: 'an update is compared to one gradient; Heun takes two'},
  },
  {
    name: 'CentralizeGradients',
    make: () => new CentralizeGradients(),
    neutral: () => new CentralizeGradients({weights: /bias|gamma|beta/}),
    slots: 0,
  },
  {
    name: 'Checkpoint',
    make: () => new Checkpoint({url: ownFolder, everySteps: 1000, resume: 'never'}),
    neutral: () => new Checkpoint({url: ownFolder, everySteps: 1000, resume: 'never'}),
    slots: 0,
  },
  {
    name: 'ClipByGlobalNorm',
    make: () => new ClipByGlobalNorm({clipNorm: 0.2}),
    neutral: () => new ClipByGlobalNorm({clipNorm: Number.POSITIVE_INFINITY}),
    slots: 0,
  },
  {
    name: 'ClipByGlobalNorm that clips nothing',
    make: () => new ClipByGlobalNorm({clipNorm: 1e9, epsilon: 1e-6}),
    neutral: () => new ClipByGlobalNorm({clipNorm: 1e9, epsilon: 1e-6}),
    slots: 0,
    isVariant: true,
  },
  {
    name: 'ClipByNorm',
    make: () => new ClipByNorm({clipNorm: 0.1}),
    neutral: () => new ClipByNorm({clipNorm: Number.POSITIVE_INFINITY}),
    slots: 0,
  },
  {
    name: 'ClipByValue',
    make: () => new ClipByValue({clipValue: 0.05}),
    neutral: () => new ClipByValue({clipValue: Number.POSITIVE_INFINITY}),
    slots: 0,
  },
  {
    name: 'Constraints',
    make: () => new Constraints({constraint: value => tf.clipByValue(value, -0.5, 0.5), weights: /kernel/}),
    neutral: () => new Constraints(),
    slots: 0,
  },
  {
    name: 'EMA',
    make: () => new EMA({decay: 0.75}),
    neutral: () => new EMA({decay: 0}),
    slots: 1,
  },
  {
    name: 'EMA with bias correction and a decay that grows',
    make: () => new EMA({halfLife: 4, biasCorrection: true, dynamicDecay: true, start: 1, every: 2}),
    neutral: () => new EMA({evaluateOn: 'training'}),
    slots: 1,
    isVariant: true,
  },
  {
    name: 'LearningRate',
    make: () =>
      new LearningRate({
        learningRate: schedules.warmup({
          warmupSteps: 2,
          schedule: schedules.cosine({initialValue: 0.05, decaySteps: 20}),
        }),
      }),
    slots: 0,
  },
  {
    name: 'LearningRateFinder',
    make: () => new LearningRateFinder(),
    neutral: () => new LearningRateFinder(),
    slots: 0,
  },
  {
    name: 'Lookahead',
    make: () => new Lookahead({k: 3, alpha: 0.5}),
    neutral: () => new Lookahead({k: 1, alpha: 1}),
    slots: 1,
  },
  {
    name: 'Lookahead by schedules',
    make: () => new Lookahead({k: syncs => (syncs < 1 ? 2 : 3), alpha: syncs => 0.9 / (syncs + 1)}),
    slots: 1,
    isVariant: true,
  },
  {
    name: 'MicroBatch',
    make: () => new MicroBatch({size: 5}),
    neutral: () => new MicroBatch({size: 8}),
    slots: 0,
    refusesModels: /stateful/,
  },
  {
    name: 'Monitor',
    make: () => new Monitor(),
    neutral: () => new Monitor({include: [...measures], perWeight: true, logEvery: 1}),
    slots: 0,
    tensors: phases => phases + 1,
  },
  {
    name: 'ReduceOnPlateau',
    make: () => new ReduceOnPlateau({monitor: 'loss', patience: 5}),
    neutral: () => new ReduceOnPlateau({monitor: 'loss', patience: 1e9}),
    slots: 0,
  },
  {name: 'SAM', make: () => new SAM({rho: 0.1}), neutral: () => new SAM({rho: 0}), slots: 0},
  {
    name: 'SAM on kernels, mixed',
    make: () => new SAM({rho: 0.2, alpha: 0.3, norm: 'perWeight', weights: /kernel/}),
    neutral: () => new SAM({alpha: 1}),
    slots: 0,
    isVariant: true,
  },
  {
    name: 'SkipNonFinite',
    make: () => new SkipNonFinite(),
    neutral: () => new SkipNonFinite(),
    slots: 0,
  },
  {
    name: 'SWA',
    make: () => new SWA({start: 2, every: 1}),
    neutral: () => new SWA({start: 1000}),
    slots: 1,
  },
  {
    name: 'WeightDecay',
    make: () => new WeightDecay({weightDecay: 0.1}),
    neutral: () => new WeightDecay({weightDecay: 0}),
    slots: 0,
  },
  {
    name: 'WeightDecay of chosen weights',
    make: () => new WeightDecay({weightDecay: t => 0.1 / (t + 1), decay: 'independent', weights: /kernel/}),
    slots: 0,
    isVariant: true,
  },
];
