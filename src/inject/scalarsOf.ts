import {InjectError, shown} from '../errors.js';
import {isByName} from '../rules/isByName.js';
import {reserved, type UpdateGroup} from '../rules/updateGroup.js';
import type {Slots} from './slots.js';

/** What scalars are computed from, or taken. */
export interface ScalarSources {
  readonly slots: Slots;
  readonly iterations: number;
  readonly learningRate: number;
  /** For a group that names its scalars instead of computing them. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Names the part to which counters belong, where weights are partitioned. */
  readonly scope?: string;
}

/**
 * The scalars of a group in this step.
 *
 * @throws InjectError `INVALID_OPTION` where one is no number, is missing, or has another operand's name.
 */
export function scalarsOf(group: UpdateGroup, context: ScalarSources): Readonly<Record<string, number>> {
  const {scalars: source = []} = group;
  const {iterations, learningRate, scalars: given = {}, slots} = context;
  if (typeof source === 'function') {
    const counters = Object.fromEntries(
      Object.entries(group.counters).map(([name, start]) => [
        name,
        slots.countOfGroup(scoped(name, context), start),
      ]),
    );
    const computed = source({iterations, learningRate, counters});
    requireScalars(group, computed, Object.keys(group.counters));
    return computed;
  }
  requireScalars(group, given, source);
  return given;
}

/** An infinity may be a limit that is none; what is kept from step to step is finite. */
function requireScalars(group: UpdateGroup, received: unknown, needed: readonly string[]): void {
  const must = (text: string, value: unknown): never => {
    throw new InjectError(
      'INVALID_OPTION',
      `the scalars of group '${group.name}' must ${text}; received ${shown(value)}`,
    );
  };
  if (!isByName(received)) throw must('be numbers by name', received);
  const requireNumber = (name: string) => {
    const value = received[name];
    const isCounter = Object.hasOwn(group.counters, name);
    if (typeof value !== 'number' || Number.isNaN(value) || (isCounter && !Number.isFinite(value)))
      must(`have a ${isCounter ? 'finite ' : ''}number as '${name}'`, value);
    if (Object.hasOwn(group.slots, name) || Object.hasOwn(reserved, name))
      must('not be named as slots and operands', name);
  };
  for (const name of needed) requireNumber(name);
  for (const name in received) requireNumber(name);
}

/** A counter's name among those of all parts. */
export function scoped(name: string, {scope}: Pick<ScalarSources, 'scope'>): string {
  return scope === undefined ? name : `${scope}.${name}`;
}
