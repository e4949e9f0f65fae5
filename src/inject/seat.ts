import type * as tf from '@tensorflow/tfjs-core';
import type {UpdateGroup} from '../rules/updateGroup.js';
import type {Journal} from './journal.js';
import type {Phase} from './phase.js';
import type {Slots} from './slots.js';

/** A foreign optimizer's whole `applyGradients`, as a group of its own. */
export interface NativeGroup {
  readonly kind: 'native';
  readonly name: string;
  readonly slots: Readonly<Record<string, never>>;
}

export type Group = UpdateGroup | NativeGroup;

/** Groups in the order of their phases; made in each step where their number depends on what is seen. */
export type Plan =
  | {readonly kind: 'fixed'; readonly groups: readonly Group[]}
  | {readonly kind: 'generated'; readonly generate: () => Generator<UpdateGroup, void, Phase>};

/** The optimizer around which an injection works: one of ours, or a foreign one in a wrapper. */
export interface Seat {
  readonly optimizer: tf.Optimizer;
  readonly slots: Slots;
  /** Completed steps; the one clock. */
  completedSteps: number;
  makePlan(): Plan;
  /** Whether a foreign optimizer's `minimize` is its own: then it is called as a whole, and no hook sees its gradients. */
  readonly minimizesItself: boolean;
  /** The learning rate after so many completed steps, before the hook; `NaN` where there is none. */
  rateAt(completedSteps: number): number;
  /** Whether constraints are projected after each step. */
  readonly projects: boolean;
  computeGradients: tf.Optimizer['computeGradients'];
  /** Computes what the group will write, and returns the function that writes it. */
  prepare(group: Group, phase: Phase, journal: Journal): () => void;
  /** Takes everything off the device; what it has learnt comes back when it is seated again. */
  leave(): void;
}
