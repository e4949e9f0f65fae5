import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {mapped} from './mapped.js';
import {loadedValue, savedValue} from './savedSchedule.js';

/** A number, or a function of the completed steps (0 before the first). */
export type Rate = number | ((iterations: number) => number);

/** What one option must be, and what it is where it is not given. */
export interface OptionSpec<T> {
  readonly fallback: T;
  readonly mustBe: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether it must be given. */
  readonly isRequired?: boolean;
  /** Of a rate-like option: between what its schedule's values must lie. */
  readonly bounds?: Bounds;
  /** Of an option that is no plain value (numbers, texts, booleans, null; lists and objects of them) and no schedule: as one, which a file can hold. */
  saved?(value: T): unknown;
  /** The option again, of what `saved` gave. */
  loaded?(saved: unknown): T;
}

/** The options that specs stand for, all of them present. */
export type OptionsOf<S> = {readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never};

export type OptionSpecs<T> = {readonly [K in keyof T]-?: OptionSpec<T[K]>};

/** Between what a number must lie; both ends included, but for `above` and `below`. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  /** Whether an infinity may stand for a bound that is none. */
  readonly isUnlimited?: boolean;
}

const atLeast0: Bounds = {min: 0};

/** A rate-like option: a finite number between bounds (≥ 0 where none are given), or a schedule, whose values `rateAt` checks. */
export function rate(fallback: number, bounds = atLeast0): OptionSpec<Rate> {
  return {
    fallback,
    bounds,
    mustBe: `${numberWithin(bounds)}, or a function of the completed steps`,
    accepts: value => typeof value === 'function' || isWithin(value, bounds),
  };
}

/** An option that has no default. */
export function required<T>(mustBe: string, accepts: (value: unknown) => boolean): OptionSpec<T> {
  return {fallback: undefined as never, mustBe, accepts, isRequired: true};
}

/** A finite number between bounds. */
export function number(fallback: number, bounds: Bounds = {}): OptionSpec<number> {
  return {fallback, mustBe: numberWithin(bounds), accepts: value => isWithin(value, bounds)};
}

/** A whole number that a double holds exactly, between bounds. */
export function integer(fallback: number, bounds: Bounds = {}): OptionSpec<number> {
  return {
    fallback,
    mustBe: numberWithin(bounds, 'an integer'),
    accepts: value => Number.isSafeInteger(value) && isWithin(value, bounds),
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
    const call = /^[A-Z]/.test(owner) ? `new ${owner}` : owner;
    throw new InjectError('INVALID_OPTION', `write ${call}({${example}}); received ${shown(given)}`);
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
    requireSpec(owner, name, specs[name]);
    const {fallback, mustBe, accepts, isRequired = false} = specs[name];
    const taken = value === undefined && !isRequired ? fallback : value;
    // A class may have 'none' as its own value, which nobody gives.
    const isNone = taken === undefined || (taken === null && value === undefined);
    if (isNone ? isRequired : !accepts(taken)) {
      throw new InjectError(
        'INVALID_OPTION',
        `${name} of ${owner} must be ${mustBe}; received ${shown(taken)}`,
      );
    }
    checked[name] = taken as T[typeof name];
  }
  return checked;
}

function requireSpec(owner: string, name: string, spec: unknown): void {
  const {mustBe, accepts} = (spec ?? {}) as Partial<OptionSpec<unknown>>;
  if (typeof accepts === 'function' && typeof mustBe === 'string') return;
  throw new InjectError(
    'INVALID_OPTION',
    `the specs of ${owner} must say of each option what it must be, such as ${name}: option.number(1); received ${shown(spec)}`,
  );
}

/** The value of a rate-like option after so many completed steps, checked. */
export function rateAt(
  owner: string,
  option: Rate,
  iterations: number,
  name = 'learningRate',
  bounds = atLeast0,
): number {
  const value = typeof option === 'function' ? option(iterations) : option;
  if (isWithin(value, bounds)) return value;
  throw new InjectError(
    'INVALID_OPTION',
    `${name} of ${owner} must be ${numberWithin(bounds)} at every step; it is ${shown(value)} after ` +
      `${iterations} steps`,
  );
}

/**
 * Options as a config that a file can hold; schedules as texts.
 *
 * @throws InjectError `INVALID_OPTION` where one is neither plain nor a schedule of ours.
 */
export function configOf(
  owner: string,
  options: object,
  specs: SavingSpecs = {},
  isFinal = true,
): tf.serialization.ConfigDict {
  return mapped(given(options), (value, name) => {
    const {saved} = specs[name] ?? {};
    if (saved) return saved(value);
    try {
      return savedValue(value, `${name} of ${owner}`);
    } catch (error) {
      if (isFinal) throw error;
      return value;
    }
  }) as tf.serialization.ConfigDict;
}

/** The options of a config, as `configOf` has saved them. */
export function loadedOptions(config: object, specs: SavingSpecs = {}): tf.serialization.ConfigDict {
  return mapped(given(config), (value, name) => {
    const {loaded} = specs[name] ?? {};
    return loaded ? loaded(value) : loadedValue(value);
  }) as tf.serialization.ConfigDict;
}

/** The options that are there: a file holds no `undefined`. */
function given(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

type SavingSpecs = {readonly [name: string]: Pick<OptionSpec<unknown>, 'saved' | 'loaded'>};

function isWithin(value: unknown, {min, max, above, below, isUnlimited}: Bounds): value is number {
  if (isUnlimited ? typeof value !== 'number' || Number.isNaN(value) : !isFiniteNumber(value)) return false;
  const number = value as number;
  return !(number < min! || number > max! || number <= above! || number >= below!);
}

function numberWithin(
  {min, max, above, below, isUnlimited}: Bounds,
  kind = isUnlimited ? 'a number' : 'a finite number',
): string {
  const limits = [
    min !== undefined && `≥ ${min}`,
    above !== undefined && `> ${above}`,
    max !== undefined && `≤ ${max}`,
    below !== undefined && `< ${below}`,
  ];
  return [kind, ...limits.filter(Boolean)].join(' ');
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
