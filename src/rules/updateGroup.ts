import type {Tensor} from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Operand} from './operand.js';

/** How a slot starts: at zero, as a copy of the live weight, or at a number. */
export type SlotStart = 'zeros' | 'weight' | number;

/** What a group's scalars are computed from, in double precision, once per step. */
export interface ScalarContext {
  /** Number of the step being taken: 1 for the first. */
  readonly iterations: number;
  /** The step's learning rate, after schedules. */
  readonly learningRate: number;
}

/** One weight of a phase, as a group that is a function over tensors receives it. */
export type WeightTensors = {
  readonly name: string;
  readonly weight: Tensor;
  readonly gradient: Tensor;
} & {readonly [slot: string]: Tensor};

/** What a group that is a function over tensors is called with. */
export interface ComputeContext {
  readonly weights: readonly WeightTensors[];
  readonly scalars: Readonly<Record<string, number>>;
  readonly iterations: number;
  readonly learningRate: number;
}

/** New values for one weight: `weight`, or a slot's name. What is left out stays. */
export type NewTensors = {readonly [name: string]: Tensor};

type Operands<S extends string, C extends string> = Readonly<
  Record<'weight' | 'gradient' | 'learningRate' | S | C, Operand>
>;

interface GroupBase {
  /** Unique within the optimizer; shown by `describe()`. */
  readonly name: string;
  readonly slots: Readonly<Record<string, SlotStart>>;
  readonly scalars?: ScalarSource<string>;
}

/** Coefficients computed from the step, or the names of those that the updating plugin gives. */
export type ScalarSource<C extends string> =
  | ((context: ScalarContext) => Readonly<Record<C, number>>)
  | readonly C[];

/** An elementwise group: the rule that becomes one kernel per weight. */
export interface RuleGroup extends GroupBase {
  readonly kind: 'rule';
  /** What is not elementwise in a rule: done to each gradient before the rule reads it. */
  readonly prepareGradient?: (gradient: Tensor) => Tensor;
  readonly update: (operands: Readonly<Record<string, Operand>>) => Readonly<Record<string, Operand>>;
}

/** A group over the phase's tensors as a whole, for what is not elementwise (norms, matrix iterations). */
export interface ComputeGroup extends GroupBase {
  readonly kind: 'compute';
  readonly compute: (context: ComputeContext) => readonly NewTensors[];
}

/** The updates that one phase applies, over all trainable weights. */
export type UpdateGroup = RuleGroup | ComputeGroup;

interface RuleDefinition<S extends string, C extends string, R> {
  name: string;
  slots?: Readonly<Record<S, SlotStart>>;
  scalars?: ScalarSource<C>;
  prepareGradient?: (gradient: Tensor) => Tensor;
  update: (
    operands: Operands<NoInfer<S>, NoInfer<C>>,
  ) => R & Record<Exclude<keyof R, 'weight' | NoInfer<S>>, never>;
}

interface ComputeDefinition {
  name: string;
  slots?: Readonly<Record<string, SlotStart>>;
  scalars?: ScalarSource<string>;
  compute: (context: ComputeContext) => readonly NewTensors[];
}

/**
 * Makes one update group. With `update`, the group is an elementwise rule:
 * it receives `weight`, `gradient`, `learningRate`, each slot and each scalar
 * as operands, and returns the new `weight` and slots. With `compute`, it is a
 * function over all weights' tensors, which returns their new values in the
 * same order.
 *
 * @param definition.name     what `describe()` calls the group.
 * @param definition.slots    slot names and how each starts: `'zeros'`, `'weight'` or a number. Groups of
 *     one optimizer that name the same slot share it.
 * @param definition.scalars  coefficients, computed once per step in double precision; or, in a plugin's group, the
 *     names of those that `injection.update` is given.
 * @param definition.prepareGradient  with `update`: done to each gradient, a tensor, before the rule reads it.
 * @throws InjectError `INVALID_OPTION` where a name, a start or both of `update` and `compute` make no sense.
 * @example
 * updateGroup({
 *   name: 'momentum', slots: {v: 'zeros'},
 *   update: ({weight, gradient, v, learningRate}) => {
 *     const velocity = v.mul(0.9).add(gradient);
 *     return {v: velocity, weight: weight.sub(velocity.mul(learningRate))};
 *   },
 * });
 */
export function updateGroup<S extends string = never, C extends string = never, R = unknown>(
  definition: RuleDefinition<S, C, R>,
): RuleGroup;
export function updateGroup(definition: ComputeDefinition): ComputeGroup;
export function updateGroup(
  definition: RuleDefinition<string, string, unknown> | ComputeDefinition,
): UpdateGroup {
  const {name, slots = {}, scalars} = definition;
  if (typeof name !== 'string' || name === '') {
    throw new InjectError('INVALID_OPTION', `an update group needs a name; received ${shown(name)}`);
  }
  for (const [slot, start] of Object.entries(slots)) {
    if (!/^[A-Za-z_]\w*$/.test(slot) || slot in reserved) {
      throw new InjectError(
        'INVALID_OPTION',
        `a slot of group '${name}' must be named as a variable, and not ${Object.keys(reserved).join(', ')}; ` +
          `received ${shown(slot)}`,
      );
    }
    if (start !== 'zeros' && start !== 'weight' && !Number.isFinite(start)) {
      throw new InjectError(
        'INVALID_OPTION',
        `slot '${slot}' of group '${name}' must start as 'zeros', as 'weight' or at a finite number; ` +
          `received ${shown(start)}`,
      );
    }
  }
  const update = 'update' in definition ? definition.update : undefined;
  const compute = 'compute' in definition ? definition.compute : undefined;
  if ((typeof update === 'function') === (typeof compute === 'function')) {
    throw new InjectError(
      'INVALID_OPTION',
      `group '${name}' must have either 'update' or 'compute', a function`,
    );
  }
  const base = {name, slots: {...slots}, ...(scalars && {scalars})};
  return Object.freeze(
    compute
      ? {...base, kind: 'compute' as const, compute}
      : {
          ...base,
          kind: 'rule' as const,
          update: update as unknown as RuleGroup['update'],
          ...('prepareGradient' in definition && {prepareGradient: definition.prepareGradient}),
        },
  );
}

const reserved = {weight: 0, gradient: 0, learningRate: 0};
