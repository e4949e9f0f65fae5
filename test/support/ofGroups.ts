import {InjectOptimizer, type UpdateGroup} from '../../src/index.js';

/** An optimizer of the given groups, with a learning rate of ½. */
export class OfGroups extends InjectOptimizer {
  private readonly groups: readonly UpdateGroup[];

  constructor(...groups: readonly UpdateGroup[]) {
    super({learningRate: 0.5});
    this.groups = groups;
  }

  getGroupedUpdates() {
    return this.groups;
  }
}
