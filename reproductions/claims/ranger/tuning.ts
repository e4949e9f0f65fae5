/** Learning rates that may be tried, each about three times the one before. */
export const ladder = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** How many rates are tried where the best one keeps lying at an end. */
export const mostRates = 5;

/** What was tried, with a score of which less is better. */
export interface Tried {
  readonly learningRate: number;
  readonly score: number;
}

/** Three rates around a first guess. */
export function gridAround(middle: number): number[] {
  const at = ladder.indexOf(middle);
  if (at < 1 || at > ladder.length - 2)
    throw new RangeError(`The middle of a grid must be one of ${ladder.slice(1, -1)}; received ${middle}`);
  return ladder.slice(at - 1, at + 2);
}

export function bestOf(tried: readonly Tried[]): Tried {
  return tried.reduce((best, each) => (each.score < best.score ? each : best));
}

/** The rate beyond the end at which the best one lies; nothing where it lies within, or the grid has grown enough. */
export function rateBeyond(tried: readonly Tried[]): number | undefined {
  if (tried.length >= mostRates) return undefined;
  const rates = tried.map(({learningRate}) => learningRate);
  const {learningRate} = bestOf(tried);
  if (learningRate === Math.max(...rates)) return ladder[ladder.indexOf(learningRate) + 1];
  if (learningRate === Math.min(...rates)) return ladder[ladder.indexOf(learningRate) - 1];
  return undefined;
}
