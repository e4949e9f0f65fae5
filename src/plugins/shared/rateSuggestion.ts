/** Learning rates that a search leads to. */
export interface RateSuggestion {
  /** Where the loss falls most for a factor in the rate. */
  readonly steepest: number;
  /** A tenth of where it is lowest. */
  readonly minimum: number;
}

/** Of the last ones, where the loss goes up, and of the first tenth, where nothing moves yet, fastai makes no use. */
const skippedAtEnd = 5;

/** What fastai's `steep` and `minimum` suggest; of all points where too few are left to leave some out. */
export function rateSuggestion(
  rates: readonly number[],
  losses: readonly number[],
  skippedAtStart: number,
): RateSuggestion {
  const isUsed = (i: number) => i >= skippedAtStart && i < rates.length - skippedAtEnd;
  const all = rates.map((_, i) => i);
  const used = all.filter(isUsed).length >= 2 ? all.filter(isUsed) : all;
  const slope = (i: number) =>
    (losses[i + 1]! - losses[i]!) / (Math.log(rates[i + 1]!) - Math.log(rates[i]!));
  const leastBy = (indices: readonly number[], of: (i: number) => number) =>
    indices.reduce((least, i) => (of(i) < of(least) ? i : least));
  return {
    steepest: rates[leastBy(used.slice(0, -1), slope)]!,
    minimum: rates[leastBy(used, i => losses[i]!)]! / 10,
  };
}
