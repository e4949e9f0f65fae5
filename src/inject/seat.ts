import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {UpdateGroup} from '../rules/updateGroup.js';
import type {Captured, Journal} from './journal.js';
import type {OwnGroup} from './partitionedGroup.js';
import type {Phase} from './phase.js';
import type {Mismatches, Saved} from './saved.js';
import type {Slots} from './slots.js';
import type {Step} from './step.js';
import type {Target} from './target.js';
import type {Weight} from './weight.js';

/** A foreign optimizer's whole `applyGradients`, as a group of its own. */
export interface NativeGroup {
  readonly kind: 'native';
  readonly name: string;
  readonly slots: Readonly<Record<string, never>>;
  readonly counters: Readonly<Record<string, never>>;
}

/** The updates of one phase. */
export type Group = OwnGroup | NativeGroup;

/** What an optimizer of ours gives as its phases: an array, or a generator that is run in each step. */
export type GroupedUpdates = readonly OwnGroup[] | Generator<OwnGroup, void, Phase>;

/** Groups in the order of their phases; made in each step where their number depends on what is seen. */
export type Plan =
  | {readonly kind: 'fixed'; readonly groups: readonly Group[]}
  | {readonly kind: 'generated'; readonly generate: () => Extract<GroupedUpdates, Generator>};

/** Whether a step may evaluate the loss more than once. */
export function takesSeveral(plan: Plan): boolean {
  if (plan.kind === 'generated' || plan.groups.length > 1) return true;
  return membersOf(plan).some(member => member.kind === 'compute' && member.evaluates);
}

/** Whether a model's batches are trained only where it is injected: to be replayed, or to know which layer a weight is of. */
export function needsModel(plan: Plan): boolean {
  return (
    takesSeveral(plan) || (plan.kind === 'fixed' && plan.groups.some(group => group.kind === 'partitioned'))
  );
}

/** Whether a step needs the loss itself: gradients that were taken once, at the weights, are not enough. */
export function needsLoss(plan: Plan): boolean {
  return takesSeveral(plan) || membersOf(plan).some(member => member.kind === 'rule' && member.point);
}

/** The groups that a group consists of: itself, or those of its parts. */
export function membersOfGroup(group: Group): (UpdateGroup | NativeGroup)[] {
  return group.kind === 'partitioned' ? group.parts.flatMap(part => membersOfGroup(part.group)) : [group];
}

/** Whether it is made as a group is: a tap may have put in anything. */
export function isGroup(value: unknown): value is OwnGroup {
  const group = value as Partial<Group> | null | undefined;
  if (typeof group?.name !== 'string') return false;
  const {kind} = group;
  if (kind === 'rule') return typeof group.update === 'function';
  if (kind === 'compute') return typeof group.compute === 'function';
  return kind === 'partitioned' || kind === 'native';
}

/** @throws InjectError `INVALID_OPTION` where two groups have one name, or begin one slot or counter in two ways. */
export function requireConsistent(owner: string, groups: readonly Group[]): void {
  const starts = new Map<string, unknown>();
  const named = new Map<string, Group>();
  for (const group of groups) {
    const {name, slots, counters} = group;
    const must = (text: string): never => {
      throw new InjectError('INVALID_OPTION', `the groups of ${owner} must ${text}`);
    };
    // One group may be two phases.
    if ((named.get(name) ?? group) !== group) must(`have names of their own; received two groups '${name}'`);
    named.set(name, group);
    const begin = (what: string, start: unknown): void => {
      if (starts.has(what) && starts.get(what) !== start)
        must(`begin ${what} in one way; received ${shown(starts.get(what))} and ${shown(start)}`);
      starts.set(what, start);
    };
    // Of one that has a shape of its own, the shape is a function, made anew.
    for (const [slot, start] of Object.entries(slots))
      begin(`slot '${slot}'`, typeof start === 'object' ? 'a shape of its own' : start);
    for (const [counter, start] of Object.entries(counters)) begin(`counter '${counter}'`, start);
  }
}

/**
 * The names of the slots and counters of a plan's groups, each once, for two phases may share some; `undefined` where they
 * depend on what a step sees.
 */
export function stateNames(plan: Plan): {slots: readonly string[]; counters: readonly string[]} | undefined {
  if (plan.kind !== 'fixed') return undefined;
  const namesOf = (kind: 'slots' | 'counters') => [
    ...new Set(plan.groups.flatMap(group => Object.keys(group[kind]))),
  ];
  return {slots: namesOf('slots'), counters: namesOf('counters')};
}

const members = new WeakMap<Plan, (UpdateGroup | NativeGroup)[]>();

function membersOf(plan: Plan): (UpdateGroup | NativeGroup)[] {
  let known = members.get(plan);
  if (!known) {
    known = plan.kind === 'fixed' ? plan.groups.flatMap(membersOfGroup) : [];
    members.set(plan, known);
  }
  return known;
}

/** The optimizer around which an injection works: one of ours, or a foreign one in a wrapper. */
export interface Seat {
  readonly optimizer: tf.Optimizer;
  readonly slots: Slots;
  /** Completed steps; the one clock. */
  completedSteps: number;
  makePlan(): Plan;
  /** Throws where an option does not agree with the weights. */
  checkWeights(weights: readonly Weight[]): void;
  /** Whether a foreign optimizer's `minimize` is its own: then it is called as a whole, and no hook sees its gradients. */
  readonly minimizesItself: boolean;
  /** The learning rate after so many completed steps, before the hook; `NaN` where there is none. */
  rateAt(completedSteps: number): number;
  /** Whether constraints are projected after each step. */
  readonly projects: boolean;
  computeGradients: tf.Optimizer['computeGradients'];
  /** The optimizer's own, where it runs as a whole. */
  minimize: tf.Optimizer['minimize'];
  /** Computes what the group will write, and returns the function that writes it. */
  prepare(group: Group, phase: Phase, journal: Journal): () => void;
  /** Holds what a foreign optimizer will write, while that can be taken back. */
  note(step: Step, journal: Journal): void;
  /** Runs an evaluation at the weights where the group wants its gradient. */
  atPoint<T>(group: Group, step: Step, body: () => T): T;
  /** Is told, within a step, which weights somebody else has written since the last. `plan` is with what plugins have made of it. */
  tell(step: Step, plan: Plan): void;
  /** Slots, counters and clock as they are now. */
  capture(): Captured;
  /** The same, as a file can hold it. */
  save(target: Target, plan: Plan): Saved;
  /** What keeps `put` from taking this. */
  mismatches(saved: Saved, target: Target, plan: Plan): Mismatches;
  put(saved: Saved, target: Target, plan: Plan): void;
  /** Runs `model.save`, and frees what the optimizer has made for it. */
  saving<T>(body: () => Promise<T>): Promise<T>;
  /** Takes everything off the device; what it has learnt comes back when it is seated again. */
  leave(): void;
}
