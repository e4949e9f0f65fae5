import {InjectOptimizer, updateGroup} from '../../src/index.js';

/** A rule as a user would write it: momentum, its sign, and no step where the gradient disagrees. */
export class CautiousSign extends InjectOptimizer {
  static readonly className = 'CautiousSign';

  getGroupedUpdates() {
    return [
      updateGroup({
        name: 'cautiousSign',
        slots: {momentum: 'zeros'},
        update: ({weight, gradient, momentum, learningRate}) => {
          const next = momentum.mul(0.9).add(gradient.mul(0.1));
          const sign = next.greater(0).select(1, next.less(0).select(-1, 0));
          const step = next.mul(gradient).greater(0).select(sign, 0);
          return {momentum: next, weight: weight.sub(step.mul(learningRate))};
        },
      }),
    ];
  }
}
