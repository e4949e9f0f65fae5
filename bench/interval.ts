/** A median, and between what the median of all such samples lies. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** How often such an interval holds the true median: at least 0.95 from six samples on. */
  readonly confidence: number;
  readonly samples: number;
}

/**
 * The median with its interval by order statistics: how many of n samples lie below the
 * true median is binomial, whatever their distribution. The interval goes from the r-th smallest to the r-th largest,
 * with the largest r for which it holds in 95 % of cases.
 */
export function medianInterval(samples: readonly number[]): Interval {
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0 || sorted.some(Number.isNaN)) {
    throw new RangeError(`A median needs numbers; received [${samples}].`);
  }
  const middle = n >> 1;
  const median = n % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const {rank, confidence} = rankOf(n);
  return {median, low: sorted[rank - 1]!, high: sorted[n - rank]!, confidence, samples: n};
}

/** The rank r of the interval's lower end, from 1; for fewer than six samples 1, which holds less often. */
export function rankOf(n: number): {rank: number; confidence: number} {
  // P(fewer than r of n below the median), summed up while r grows.
  let term = 2 ** -n;
  let below = term;
  let rank = 1;
  for (let r = 2; r <= n / 2; r++) {
    term *= (n - r + 2) / (r - 1);
    if (2 * (below + term) > 0.05) break;
    below += term;
    rank = r;
  }
  return {rank, confidence: 1 - 2 * below};
}
