import {InjectError, shown} from '../errors.js';

/** A number, or a function of the completed steps (0 before the first). */
export type Rate = number | ((iterations: number) => number);

/** What one option must be, and what it is where it is not given. */
export interface OptionSpec<T> {
  readonly fallback: T;
  readonly mustBe: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether it must be given. */
  readonly isRequired?: boolean;
}

/** The options that specs stand for, all of them present. */
export type OptionsOf<S> = {readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never};

export type OptionSpecs<T> = {readonly [K in keyof T]-?: OptionSpec<T[K]>};

/** A rate-like option: finite and ≥ 0, or a schedule, whose values are checked as they come. */
export function rate(fallback: number): OptionSpec<Rate> {
  return {
    fallback,
    mustBe: 'a finite number ≥ 0, or a function of the completed steps',
    accepts: value => typeof value === 'function' || (isFiniteNumber(value) && value >= 0),
  };
}

/** An option that has no default. */
export function required<T>(mustBe: string, accepts: (value: unknown) => boolean): OptionSpec<T> {
  return {fallback: undefined as never, mustBe, accepts, isRequired: true};
}

/** Two bounds, both included unless `below` is given in place of `max`. */
type Bounds = {min?: number; max?: number; below?: number};

/** A finite number between bounds. */
export function number(fallback: number, bounds: Bounds = {}): OptionSpec<number> {
  return bounded('a finite number', isFiniteNumber, fallback, bounds);
}

/** An integer between bounds. */
export function integer(fallback: number, bounds: Bounds = {}): OptionSpec<number> {
  return bounded('an integer', isInteger, fallback, bounds);
}

function bounded(
  kind: string,
  isOfKind: (value: unknown) => value is number,
  fallback: number,
  bounds: Bounds,
): OptionSpec<number> {
  const {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
  } = bounds;
  const limits = [
    bounds.min !== undefined && `≥ ${min}`,
    bounds.max !== undefined && `≤ ${max}`,
    bounds.below !== undefined && `< ${below}`,
  ];
  return {
    fallback,
    mustBe: [kind, ...limits.filter(Boolean)].join(' '),
    accepts: value => isOfKind(value) && value >= min && value <= max && value < below,
  };
}

export function flag(fallback: boolean): OptionSpec<boolean> {
  return {fallback, mustBe: 'true or false', accepts: value => typeof value === 'boolean'};
}

export function oneOf<const T extends string>(fallback: NoInfer<T>, ...choices: T[]): OptionSpec<T> {
  return {
    fallback,
    mustBe: `one of ${choices.map(shown).join(', ')}`,
    accepts: value => choices.includes(value as T),
  };
}

/**
 * Checks options against their specs and fills in what is not given.
 *
 * @throws InjectError `INVALID_OPTION` or `UNKNOWN_OPTION`, naming what must hold and what was received.
 */
export function checkOptions<T extends object>(
  owner: string,
  given: Partial<T> | undefined,
  specs: OptionSpecs<T>,
): T {
  const names = Object.keys(specs) as (keyof T & string)[];
  const options = given ?? {};
  if (typeof options !== 'object' || Array.isArray(options)) {
    const example =
      isFiniteNumber(given) && names.includes('learningRate' as never) ? `learningRate: ${given}` : '…';
    throw new InjectError('INVALID_OPTION', `write new ${owner}({${example}}); received ${shown(given)}`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name as never)) {
      throw new InjectError(
        'UNKNOWN_OPTION',
        `the options of ${owner} are ${names.join(', ') || '(none)'}; received '${name}'`,
      );
    }
  }
  const checked = {} as T;
  for (const name of names) {
    const value = (options as Partial<T>)[name];
    const {fallback, mustBe, accepts, isRequired = false} = specs[name];
    if (value === undefined ? isRequired : !accepts(value)) {
      throw new InjectError(
        'INVALID_OPTION',
        `${name} of ${owner} must be ${mustBe}; received ${shown(value)}`,
      );
    }
    checked[name] = value === undefined ? fallback : value;
  }
  return checked;
}

/** The value of a rate-like option after so many completed steps, checked. */
export function rateAt(owner: string, option: Rate, iterations: number): number {
  const value = typeof option === 'function' ? option(iterations) : option;
  if (isFiniteNumber(value) && value >= 0) return value;
  throw new InjectError(
    'INVALID_OPTION',
    `learningRate of ${owner} must be finite and ≥ 0 at every step; it is ${shown(value)} after ${iterations} steps`,
  );
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
