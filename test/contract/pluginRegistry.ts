import {
  type InjectPlugin,
  LearningRate,
  Lookahead,
  ReduceOnPlateau,
  schedules,
  WeightDecay,
} from '../../src/index.js';

/** A plugin with one choice of its options: what the battery of this folder needs to know of it. */
export interface PluginEntry {
  readonly name: string;
  make(): InjectPlugin;
  /** The same plugin in the setting that equals none at all, bit for bit. */
  neutral?(): InjectPlugin;
  /** Tensors per weight while it is in use. */
  readonly slots: number;
  /** Differs from another entry in numbers alone: then it is tried around one optimizer only. */
  readonly isVariant?: boolean;
  /** Why it refuses to be used around some optimizers; by the names that stacks.ts gives them. */
  readonly refuses?: Readonly<Record<string, string>>;
}

/** In the order of the alphabet. */
export const plugins: readonly PluginEntry[] = [
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
    name: 'ReduceOnPlateau',
    make: () => new ReduceOnPlateau({monitor: 'loss', patience: 5}),
    neutral: () => new ReduceOnPlateau({monitor: 'loss', patience: 1e9}),
    slots: 0,
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
