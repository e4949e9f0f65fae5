import type {Interval} from '../../bench/interval.js';

/** Shares as per cent, a median with its interval. */
export function percent({median, low, high}: Interval): string {
  const of = (share: number) => (100 * share).toFixed(1);
  return `${of(median)} % (${of(low)} to ${of(high)})`;
}

/** A difference of shares, in points of per cent. */
export function percentPoints({median, low, high}: Interval): string {
  const of = (share: number) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;
  return `${of(median)} points (${of(low)} to ${of(high)})`;
}
