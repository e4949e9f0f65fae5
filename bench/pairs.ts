import {type Interval, medianInterval} from './interval.js';

/** Takes a number of steps, and gives the milliseconds that all of them took. */
export type Contender = (steps: number) => number | Promise<number>;

export interface Effort {
  /** How many pairs of samples are taken. */
  readonly pairs: number;
  /** What a sample must last at least: it then consists of several steps. */
  readonly sampleMilliseconds: number;
}

export interface Measured {
  /** Our time per step over theirs. */
  readonly ratio: Interval;
  /** Our time per step less theirs, in milliseconds. */
  readonly difference: Interval;
  /** Steps in a sample of ours and of theirs. */
  readonly steps: readonly [number, number];
}

/** What runs steps on this machine; `settle` waits for a device that computes while we go on. */
export function timed(step: () => unknown, settle?: () => Promise<void>): Contender {
  return async steps => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) {
      const result = step();
      if (result instanceof Promise) await result;
    }
    await settle?.();
    return performance.now() - start;
  };
}

/**
 * Takes samples of both in turn, and who begins changes from pair to pair: what the
 * machine does beside us meets both alike, so that the ratio of a pair holds where times do not.
 *
 * @param scale multiplies each ratio: for what is compared per byte, bytes of theirs over bytes of ours.
 */
export async function alternate(
  ours: Contender,
  theirs: Contender,
  {pairs, sampleMilliseconds}: Effort,
  scale = 1,
): Promise<Measured> {
  const steps = [
    await stepsPer(ours, sampleMilliseconds),
    await stepsPer(theirs, sampleMilliseconds),
  ] as const;
  const ratios: number[] = [];
  const differences: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    let [own, other] = [0, 0];
    if (pair % 2 === 0) own = await ours(steps[0]);
    other = await theirs(steps[1]);
    if (pair % 2 === 1) own = await ours(steps[0]);
    const [perStep, perOther] = [own / steps[0], other / steps[1]];
    ratios.push((perStep / perOther) * scale);
    differences.push(perStep - perOther);
  }
  return {ratio: medianInterval(ratios), difference: medianInterval(differences), steps};
}

/** Warms up for at least three steps and five samples' time, and tells how many steps a sample needs. */
async function stepsPer(contender: Contender, milliseconds: number): Promise<number> {
  let [steps, spent, fastest] = [0, 0, Number.POSITIVE_INFINITY];
  while (steps < 3 || (spent < 5 * milliseconds && steps < 10_000)) {
    const time = await contender(1);
    fastest = Math.min(fastest, time);
    spent += time;
    steps++;
  }
  return Math.max(1, Math.min(10_000, Math.ceil(milliseconds / Math.max(fastest, 1e-4))));
}
