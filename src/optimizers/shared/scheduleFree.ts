import {integer, number} from '../../inject/options.js';
import type {Operand, ScalarContext} from '../../rules/index.js';

/** What the schedule-free optimizers have in common: x averages z, and gradients are taken at y between them. */
export const scheduleFreeSpecs = {
  weightDecay: number(0, {min: 0}),
  warmupSteps: integer(0, {min: 0}),
  r: number(0, {min: 0}),
  weightLrPower: number(2, {min: 0}),
};

interface AverageOptions {
  readonly weightDecay: number;
  readonly warmupSteps: number;
  readonly r: number;
  readonly weightLrPower: number;
}

/** The parts of a schedule-free group, whose gradient is taken at y = (1 − β)·z + β·x. */
export function scheduleFree({weightDecay, warmupSteps, r, weightLrPower}: AverageOptions, beta: number) {
  /** x itself where z is x. */
  const point = ({weight, z}: Readonly<Record<'weight' | 'z', Operand>>): Operand =>
    weight.add(z.sub(weight).mul(1 - beta));
  return {
    point,

    /** Sum of the weights of the average so far, and the largest rate. */
    counters: {weightSum: 0, rateMax: 0},

    /** The rate γ of step t, and which share of the average x its z takes. */
    scalars({iterations: t, learningRate, counters}: ScalarContext<'weightSum' | 'rateMax'>) {
      const rate = t < warmupSteps ? (learningRate * t) / warmupSteps : learningRate;
      const rateMax = Math.max(rate, counters.rateMax);
      const weight = t ** r * rateMax ** weightLrPower;
      const weightSum = counters.weightSum + weight;
      return {rate, rateMax, weightSum, share: weightSum === 0 ? 0 : weight / weightSum};
    },

    /** z, moved along a direction and by the decay at y, and the average x, which is z itself as long as z takes all of it. */
    move(
      operands: Readonly<Record<'weight' | 'z' | 'rate' | 'share', Operand>>,
      direction: Operand,
    ): {z: Operand; weight: Operand} {
      const {weight, z, rate, share} = operands;
      const decayed = weightDecay === 0 ? direction : direction.add(point(operands).mul(weightDecay));
      const moved = z.sub(decayed.mul(rate));
      return {z: moved, weight: share.equal(1).select(moved, weight.add(moved.sub(weight).mul(share)))};
    },
  };
}
