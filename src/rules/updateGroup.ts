import type {Scalar, Tensor} from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Operand} from './operand.js';
import {isStart, type SlotStart} from './slotStart.js';

/** What a group's scalars are computed from, in double precision: once per step, and with `point` before each gradient as well. */
export interface ScalarContext<N extends string = string> {
  /** Number of the step being taken: 1 for the first. */
  readonly iterations: number;
  /** The step's learning rate, after schedules. */
  readonly learningRate: number;
  /** The group's counters, as the step before left them. */
  readonly counters: Readonly<Record<N, number>>;
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
  /** The phase's loss; `undefined` where gradients are applied without one. */
  readonly loss?: Scalar;
  /**
   * Loss and gradients, in the order of `weights`, on the phase's batch at the
   * weights plus `displacements`: only for a group that `evaluates`.
   */
  evaluateAt(displacements: readonly Tensor[]): {loss: Scalar; gradients: Tensor[]};
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
  /** Numbers in double precision that go on from step to step, and what they start at. */
  readonly counters: Readonly<Record<string, number>>;
  readonly scalars?: ScalarSource<string>;
}

/** Coefficients computed from the step, or the names of those that the updating plugin gives. */
export type ScalarSource<C extends string, N extends string = string> =
  | ((context: ScalarContext<N>) => Readonly<Record<C, number>>)
  | readonly C[];

/** An elementwise group: the rule that becomes one kernel per weight. */
export interface RuleGroup extends GroupBase {
  readonly kind: 'rule';
  /** What is not elementwise in a rule: done to each gradient before the rule reads it. */
  readonly prepareGradient?: (gradient: Tensor) => Tensor;
  /** Where the phase's gradient is taken, if not at the weights. */
  readonly point?: (operands: Readonly<Record<string, Operand>>) => {readonly point: Operand};
  readonly update: (operands: Readonly<Record<string, Operand>>) => Readonly<Record<string, Operand>>;
}

/** A group over the phase's tensors as a whole, for what is not elementwise (norms, matrix iterations). */
export interface ComputeGroup extends GroupBase {
  readonly kind: 'compute';
  /** Whether `compute` takes further evaluations of the batch. */
  readonly evaluates: boolean;
  readonly compute: (context: ComputeContext) => readonly NewTensors[];
}

/** The updates that one phase applies, over all trainable weights. */
export type UpdateGroup = RuleGroup | ComputeGroup;

interface RuleDefinition<S extends string, C extends string, R, N extends string> {
  name: string;
  slots?: Readonly<Partial<Record<S, SlotStart>>>;
  counters?: Readonly<Record<N, number>>;
  scalars?: ScalarSource<C, NoInfer<N>>;
  prepareGradient?: (gradient: Tensor) => Tensor;
  point?: (operands: Omit<Operands<NoInfer<S>, NoInfer<C>>, 'gradient'>) => Operand;
  update: (
    operands: Operands<NoInfer<S>, NoInfer<C>>,
  ) => R & Record<Exclude<keyof R, 'weight' | NoInfer<S>>, never>;
}

interface ComputeDefinition<N extends string> {
  name: string;
  slots?: Readonly<Record<string, SlotStart>>;
  counters?: Readonly<Record<N, number>>;
  scalars?: ScalarSource<string, NoInfer<N>>;
  evaluates?: boolean;
  compute: (context: ComputeContext) => readonly NewTensors[];
}

/**
 * Makes one update group. With `update`, the group is an elementwise rule:
 * it receives `weight`, `gradient`, `learningRate`, each slot and each scalar
 * as operands, and returns the new `weight` and slots. It is read once, to become a kernel: what changes
 * from step to step comes by `scalars`. With `compute`, it is a
 * function over all weights' tensors, which returns their new values in the
 * same order.
 *
 * @param definition.name     what `describe()` calls the group.
 * @param definition.slots    slot names and how each starts: `'zeros'`, `'weight'` or a number; or `{shape, fill}`,
 *     where it has not the weight's shape. Groups of one optimizer that name the same slot share it. One that starts
 *     as the weight does so again where somebody writes the weight.
 * @param definition.scalars  coefficients, in double precision: a pure function, called once per step, and with `point`
 *     before each gradient as well; or, in a plugin's group, the
 *     names of those that `injection.update` is given.
 * @param definition.counters numbers that go on from step to step, with what they start at: `scalars` is given them,
 *     and returns their new values among its own.
 * @param definition.point    with `update`: where the gradient is taken, if not at the weights; of the same operands.
 * @param definition.evaluates  with `compute`: whether it calls `evaluateAt`.
 * @param definition.prepareGradient  with `update`: done to each gradient, a tensor, before the rule reads it.
 * @throws InjectError `INVALID_OPTION` where a name, a start or both of `update` and `compute` make no sense;
 *     `UNKNOWN_OPTION` for what a group is not made of.
 * @example
 * updateGroup({
 *   name: 'momentum', slots: {v: 'zeros'},
 *   update: ({weight, gradient, v, learningRate}) => {
 *     const velocity = v.mul(0.9).add(gradient);
 *     return {v: velocity, weight: weight.sub(velocity.mul(learningRate))};
 *   },
 * });
 */
export function updateGroup<
  S extends string = never,
  C extends string = never,
  R = unknown,
  N extends string = never,
>(definition: RuleDefinition<S, C, R, N>): RuleGroup;
export function updateGroup<N extends string = never>(definition: ComputeDefinition<N>): ComputeGroup;
export function updateGroup(
  definition: RuleDefinition<string, string, unknown, string> | ComputeDefinition<string>,
): UpdateGroup {
  const {name, counters = {}, scalars} = definition;
  const slots = (definition.slots ?? {}) as Record<string, SlotStart>;
  if (typeof name !== 'string' || name === '') {
    throw new InjectError('INVALID_OPTION', `an update group needs a name; received ${shown(name)}`);
  }
  const unknown = Object.keys(definition).find(key => !keys.includes(key));
  if (unknown !== undefined) {
    throw new InjectError(
      'UNKNOWN_OPTION',
      `an update group is made of ${keys.join(', ')}; received '${unknown}' in group '${name}'`,
    );
  }
  const must = (text: string, received: unknown): never => {
    throw new InjectError('INVALID_OPTION', `group '${name}' must ${text}; received ${shown(received)}`);
  };
  for (const [slot, start] of Object.entries(slots)) {
    if (!/^[A-Za-z_]\w*$/.test(slot) || slot in reserved) {
      throw new InjectError(
        'INVALID_OPTION',
        `a slot of group '${name}' must be named as a variable, and not ${Object.keys(reserved).join(', ')}; ` +
          `received ${shown(slot)}`,
      );
    }
    if (!isStart(start)) {
      throw new InjectError(
        'INVALID_OPTION',
        `slot '${slot}' of group '${name}' must start as 'zeros', as 'weight', at a finite number or as {shape, fill}; ` +
          `received ${shown(start)}`,
      );
    }
  }
  for (const [counter, start] of Object.entries(counters)) {
    if (Number.isFinite(start) && typeof scalars === 'function' && !(counter in slots || counter in reserved))
      continue;
    throw new InjectError(
      'INVALID_OPTION',
      `counter '${counter}' of group '${name}' must start at a finite number, go on in a function 'scalars', and not ` +
        `be named as a slot or another operand; received ${shown(start)}`,
    );
  }
  const names: readonly unknown[] = typeof scalars === 'function' ? [] : (scalars ?? []);
  const isName = (scalar: unknown) => typeof scalar === 'string' && !(scalar in slots || scalar in reserved);
  if (!Array.isArray(names) || !names.every(isName))
    must("have as 'scalars' a function, or names other than those of slots and operands", scalars);
  const update = 'update' in definition ? definition.update : undefined;
  const compute = 'compute' in definition ? definition.compute : undefined;
  const point = 'point' in definition ? definition.point : undefined;
  if ((typeof update === 'function') === (typeof compute === 'function')) {
    throw new InjectError(
      'INVALID_OPTION',
      `group '${name}' must have either 'update' or 'compute', a function`,
    );
  }
  const {evaluates, prepareGradient} = definition as Partial<ComputeGroup & RuleGroup>;
  const others = [
    ['evaluates', evaluates, 'boolean', 'compute', compute],
    ['point', point, 'function', 'update', update],
    ['prepareGradient', prepareGradient, 'function', 'update', update],
  ] as const;
  for (const [other, value, type, home, isThere] of others)
    if (value !== undefined && (value as unknown) !== false && !(isThere && typeof value === type))
      must(`have '${other}', a ${type}, with '${home}' alone`, value);
  const base = {name, slots: {...slots}, counters: {...counters}, ...(scalars && {scalars})};
  return Object.freeze(
    compute
      ? {
          ...base,
          kind: 'compute' as const,
          compute,
          evaluates: evaluates === true,
        }
      : {
          ...base,
          kind: 'rule' as const,
          update: update as unknown as RuleGroup['update'],
          ...(prepareGradient !== undefined && {prepareGradient}),
          ...(point && {point: pointRule(point as unknown as PointOf)}),
        },
  );
}

const keys = [
  'name',
  'slots',
  'counters',
  'scalars',
  'point',
  'prepareGradient',
  'update',
  'compute',
  'evaluates',
];

type PointOf = (operands: Readonly<Record<string, Operand>>) => Operand;

function pointRule(point: PointOf): NonNullable<RuleGroup['point']> {
  return operands => ({point: point(operands)});
}

/** What a rule's operands are called beside slots and scalars. */
export const reserved = {weight: 0, gradient: 0, learningRate: 0};
