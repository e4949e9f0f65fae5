import {integer, number} from '../../inject/options.js';
import type {Operand} from '../../rules/operand.js';
import type {ScalarContext} from '../../rules/updateGroup.js';

/** What the schedule-free optimizers have in common: x averages z, and gradients are taken at y between them. */
export const scheduleFreeSpecs = {
  weightDecay: number(0, {min: 0}),
  warmupSteps: integer(0, {min: 0}),
  r: number(0, {min: 0}),
  weightLrPower: number(2, {min: 0}),
};

/** Sum of the weights of the average so far, and the largest rate. */
export const averageCounters = {weightSum: 0, rateMax: 0};

interface AverageOptions {
  readonly warmupSteps: number;
  readonly r: number;
  readonly weightLrPower: number;
}

/** The rate γ of step t, and which share of the average x its z takes. */
export function averageScalars(
  {warmupSteps, r, weightLrPower}: AverageOptions,
  {iterations: t, learningRate, counters}: ScalarContext,
): Record<'rate' | 'share' | 'weightSum' | 'rateMax', number> {
  const rate = t < warmupSteps ? (learningRate * t) / warmupSteps : learningRate;
  const rateMax = Math.max(rate, counters.rateMax!);
  const weight = t ** r * rateMax ** weightLrPower;
  const weightSum = counters.weightSum! + weight;
  return {rate, rateMax, weightSum, share: weightSum === 0 ? 0 : weight / weightSum};
}

/** y = (1 − β)·z + β·x; x itself where z is x. */
export function pointOf({weight, z}: Readonly<Record<'weight' | 'z', Operand>>, beta: number): Operand {
  return weight.add(z.sub(weight).mul(1 - beta));
}

/** z, moved along a direction, and the average x, which is z itself as long as z takes all of it. */
export function moveAndAverage(
  {weight, z, rate, share}: Readonly<Record<'weight' | 'z' | 'rate' | 'share', Operand>>,
  direction: Operand,
): {z: Operand; weight: Operand} {
  const moved = z.sub(direction.mul(rate));
  return {z: moved, weight: share.equal(1).select(moved, weight.add(moved.sub(weight).mul(share)))};
}
