import type {InjectOptimizer} from '../../src/index.js';

/** Whether an optimizer's groups are rules alone: then weights have nothing to do with each other, nor with their shape. */
export function isElementwise(optimizer: InjectOptimizer): boolean {
  const groups = optimizer.getGroupedUpdates();
  return (
    'length' in groups &&
    groups.every(
      group =>
        group.kind === 'rule' &&
        !group.prepareGradient &&
        !group.point &&
        Object.keys(group.counters).length === 0 &&
        Object.values(group.slots).every(start => typeof start !== 'object'),
    )
  );
}
