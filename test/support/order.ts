import {expect} from 'chai';
import type {InjectOptimizer} from '../../src/index.js';
import {rungeKuttaOracle} from './oracles.js';
import {gradientFlow} from './problems.js';
import {type Trajectory, trajectory64, trajectoryOfOracle, trajectoryOnTensors} from './trajectories.js';

/** Where the gradient flow θ′ = −∇L leads in one unit of time, to some 1e-13: by 1,000 steps of order 4. */
export const flowEnd: readonly number[] = (() => {
  const steps = 1000;
  const classical = {a: [[], [0.5], [0, 0.5], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6]};
  return trajectoryOfOracle(rungeKuttaOracle(1 / steps, classical), gradientFlow, steps).at(-1)!;
})();

/**
 * The order of a method on the nonlinear gradient flow: how its error after
 * one unit of time falls when the steps become shorter, for each two
 * neighbours among the numbers of steps.
 */
export function ordersOf(
  follow: (learningRate: number, steps: number) => Trajectory,
  stepCounts: readonly number[],
): {orders: number[]; errors: number[]} {
  const errors = stepCounts.map(steps => {
    const end = follow(1 / steps, steps).at(-1)!;
    return Math.hypot(...flowEnd.map((value, i) => end[i]! - value));
  });
  const orders = errors.slice(1).map((error, i) => {
    const shortening = stepCounts[i + 1]! / stepCounts[i]!;
    return Math.log(errors[i]! / error) / Math.log(shortening);
  });
  return {orders, errors};
}

/** Expects a method's order on tensors, at steps whose error is above float32's, and in double precision. */
export function expectOrder(
  order: number,
  make: (learningRate: number) => InjectOptimizer,
  stepCounts: readonly number[],
): void {
  const onTensors = ordersOf(
    (rate, steps) => trajectoryOnTensors(make(rate), gradientFlow, steps),
    stepCounts,
  );
  for (const error of onTensors.errors) expect(error).to.be.above(1e-5);
  for (const measured of onTensors.orders) expect(measured).to.be.closeTo(order, 0.1);
  const precise = ordersOf((rate, steps) => trajectory64(make(rate), gradientFlow, steps), [16, 32, 64]);
  for (const measured of precise.orders) expect(measured).to.be.closeTo(order, 0.02);
}
