import type {ScheduleFreeAdamWOptions, ScheduleFreeSGDOptions} from '../../src/index.js';
import type {Oracle} from './oracles.js';
import type {Vectors} from './problems.js';

type AverageOptions = Pick<
  ScheduleFreeSGDOptions,
  'weightDecay' | 'warmupSteps' | 'r' | 'weightLrPower' | 'momentum'
>;

/**
 * Schedule-free descent in double precision, by what it means rather than by its recursion: x is the mean of all z so
 * far, each with its weight, and y stands between z and x.
 */
function scheduleFree(
  rate: number,
  options: AverageOptions,
  stepOf: (g: number, at: readonly [i: number, j: number], t: number) => number,
): Oracle {
  const {momentum = 0.9, weightDecay = 0, warmupSteps = 0, r = 0, weightLrPower = 2} = options;
  const past: {z: Vectors; share: number}[] = [];
  let [z, largest, t]: [Vectors | undefined, number, number] = [undefined, 0, 0];
  return (x, gradient) => {
    const last = z ?? x;
    t++;
    const gamma = warmupSteps > 0 ? rate * Math.min(1, t / warmupSteps) : rate;
    largest = Math.max(largest, gamma);
    const y = x.map((values, i) =>
      values.map((value, j) => momentum * value + (1 - momentum) * last[i]![j]!),
    );
    const g = gradient(y);
    const next = last.map((values, i) =>
      values.map((value, j) => value - gamma * (stepOf(g[i]![j]!, [i, j], t) + weightDecay * y[i]![j]!)),
    );
    z = next;
    past.push({z: next, share: t ** r * largest ** weightLrPower});
    const sum = past.reduce((total, {share}) => total + share, 0);
    if (sum === 0) return x;
    return x.map((values, i) =>
      values.map((_, j) => past.reduce((total, {z: each, share}) => total + (share / sum) * each[i]![j]!, 0)),
    );
  };
}

export function scheduleFreeSGDOracle(rate: number, options: ScheduleFreeSGDOptions): Oracle {
  return scheduleFree(rate, options, g => g);
}

export function scheduleFreeAdamWOracle(rate: number, options: ScheduleFreeAdamWOptions): Oracle {
  const {beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8} = options;
  const squares = new Map<string, number>();
  return scheduleFree(rate, {...options, momentum: beta1}, (g, at, t) => {
    const v = beta2 * (squares.get(at.join()) ?? 0) + (1 - beta2) * g ** 2;
    squares.set(at.join(), v);
    return g === 0 ? 0 : g / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
  });
}
