import {InjectError} from '../../errors.js';
import {InjectOptimizer} from '../../inject/injectOptimizer.js';
import {checkOptions, number, type OptionSpecs, required} from '../../inject/options.js';
import type {OwnGroup} from '../../inject/partitionedGroup.js';
import {membersOfGroup} from '../../inject/seat.js';
import {hasPredicate, isSelector, shownSelector, type WeightSelector} from '../../inject/selectWeights.js';
import {shortName} from '../../inject/shortName.js';
import {uniqueKeys} from '../../inject/weight.js';

/** A set of weights with options of its own. */
export interface Partition {
  /** Which: by name of a weight or layer, by regular expression on names, by layer, by predicate, or a list of these. */
  weights: WeightSelector;
  /** Multiplies the learning rate: ≥ 0. Default 1. */
  learningRateFactor?: number;
  /** Options in place of the main optimizer's: `{weightDecay: 0}`. */
  options?: object;
  /** Another optimizer altogether. */
  optimizer?: InjectOptimizer;
}

export const isOptimizer = (value: unknown) => value instanceof InjectOptimizer;

const partitionSpecs: OptionSpecs<Required<Partition>> = {
  weights: required('a name, a regular expression, a layer, a function, or a list of these', isSelector),
  learningRateFactor: number(1, {min: 0}),
  options: {fallback: {}, mustBe: 'an object', accepts: value => typeof value === 'object' && value !== null},
  optimizer: {fallback: undefined as never, mustBe: 'an optimizer of this library', accepts: isOptimizer},
};

/** The main optimizer with other options, or one of the partition's own. */
export function otherOptimizer(partition: Partition, main: InjectOptimizer, number: number): InjectOptimizer {
  const owner = `partition ${number} of Partitions`;
  const {options, optimizer} = checkOptions<Required<Partition>>(owner, partition, partitionSpecs);
  if (!partition.optimizer) return new (main.constructor as SameClass)({...main.options, ...options});
  if (!partition.options) return optimizer;
  throw new InjectError('INVALID_OPTION', `${owner} must have options or an optimizer; received both`);
}

/**
 * By what they choose, so that counters find their partition again where others have come or gone; only one that a
 * function chooses goes by its number.
 */
export function partNames(partitions: readonly Partition[]): string[] {
  return uniqueKeys(
    partitions.map(({weights}, i) =>
      hasPredicate(weights) ? `partition${i + 1}` : `partition(${shownSelector(weights)})`,
    ),
  );
}

type SameClass = new (options: object) => InjectOptimizer;

/** An optimizer's phases, which must be known beforehand. */
export function phasesOf(optimizer: InjectOptimizer): readonly OwnGroup[] {
  const groups = optimizer.getGroupedUpdates();
  if ('length' in groups) {
    requireOneGradient(optimizer, groups);
    return groups;
  }
  throw new InjectError(
    'INVALID_OPTION',
    `an optimizer of Partitions must have phases that are fixed; those of ${shortName(optimizer)} depend on what a ` +
      `step sees`,
  );
}

/** Each part would search along a line of its own, on which all other weights hold still, and then they all move at once. */
function requireOneGradient(optimizer: InjectOptimizer, groups: readonly OwnGroup[]): void {
  const searching = groups.flatMap(membersOfGroup).find(group => group.kind === 'compute' && group.evaluates);
  if (!searching) return;
  throw new InjectError(
    'INVALID_OPTION',
    `an optimizer of Partitions must take one gradient a phase, that of all weights at once; received ` +
      `${shortName(optimizer)}, whose group '${searching.name}' evaluates further, and would do so for its ` +
      `own weights while the others hold still`,
  );
}
