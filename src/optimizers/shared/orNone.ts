import type {OptionSpec} from '../../inject/options.js';

/** An option that may be `'none'` instead. */
export function orNone<T>(fallback: T | 'none', {mustBe, accepts}: OptionSpec<T>): OptionSpec<T | 'none'> {
  return {
    fallback,
    mustBe: `${mustBe}, or 'none'`,
    accepts: value => value === 'none' || accepts(value),
  };
}
