import {InjectError} from '../errors.js';
import type {SlotStart} from '../rules/slotStart.js';
import type {UpdateGroup} from '../rules/updateGroup.js';
import type {Weight} from './weight.js';

/** The weights of one partition, and the group that updates them. */
export interface Part {
  /** Unique within the group; names the part's counters. */
  readonly name: string;
  readonly takes: (weight: Weight) => boolean;
  readonly group: OwnGroup;
  /** Whether it was asked for: that it has no weight is then a mistake. */
  readonly isChoice?: boolean;
  /** The part's own learning rate in a step, from the optimizer's. */
  readonly rateAt: (step: {readonly iterations: number; readonly learningRate: number}) => number;
}

/** One phase's updates, where not all weights are updated alike. */
export interface PartitionedGroup {
  readonly kind: 'partitioned';
  readonly name: string;
  readonly slots: UpdateGroup['slots'];
  readonly counters: UpdateGroup['counters'];
  readonly parts: readonly Part[];
}

/** The updates of one phase, over all weights: alike, or in parts. */
export type OwnGroup = UpdateGroup | PartitionedGroup;

/** Makes the group of several parts; a weight belongs to the first that takes it. */
export function partitionedGroup(parts: readonly Part[]): PartitionedGroup {
  return Object.freeze({
    kind: 'partitioned' as const,
    name: [...new Set(parts.map(({group}) => group.name))].join(' + '),
    slots: Object.assign({}, ...parts.map(({group}) => group.slots)),
    counters: Object.fromEntries(
      parts.flatMap(({name, group}) =>
        Object.entries(group.counters).map(([counter, start]) => [`${name}.${counter}`, start]),
      ),
    ),
    parts,
  });
}

/** Each part that has weights, with its weights. */
export function assignParts(
  {parts, name}: PartitionedGroup,
  weights: Iterable<Weight>,
): [part: Part, weights: Weight[]][] {
  const assigned = new Map<Part, Weight[]>();
  for (const weight of weights) {
    const part = parts.find(({takes}) => takes(weight));
    if (!part)
      throw new InjectError(
        'INVALID_OPTION',
        `a part of '${name}' must take weight '${weight.key}'; none does`,
      );
    assigned.set(part, [...(assigned.get(part) ?? []), weight]);
  }
  return [...assigned];
}

/** The slots of a weight, and how each begins. */
export function slotsOfWeight(group: OwnGroup, weight: Weight): [slot: string, start: SlotStart][] {
  if (group.kind !== 'partitioned') return Object.entries(group.slots);
  return assignParts(group, [weight]).flatMap(([part]) => slotsOfWeight(part.group, weight));
}

/**
 * A weight belongs to the first part that takes it, so that of two parts in the wrong order the second would be without
 * effect.
 *
 * @param all the weights of the model: of a layer that is frozen now, it may have them later.
 * @throws InjectError `INVALID_OPTION` where a part that was asked for comes first for none of them.
 */
export function requireEffect(
  owner: string,
  group: OwnGroup | {readonly kind: 'native'},
  all: readonly Weight[],
): void {
  if (group.kind !== 'partitioned') return;
  const {parts} = group;
  const firstOf = (weight: Weight) => parts.find(({takes}) => takes(weight));
  for (const part of parts) {
    requireEffect(owner, part.group, all);
    if (!part.isChoice || all.some(weight => firstOf(weight) === part)) continue;
    const chosen = all.filter(part.takes);
    if (chosen.length === 0) continue;
    const takers = new Set(chosen.map(firstOf));
    const earlier = parts.filter(each => takers.has(each)).map(({name}) => name);
    throw new InjectError(
      'INVALID_OPTION',
      `${part.name} of ${owner} must choose a weight that none before it has; received one that chooses ` +
        `${chosen.map(({key}) => key).join(', ')}, which ${earlier.join(' and ')} ${earlier.length > 1 ? 'have' : 'has'} already`,
    );
  }
}
