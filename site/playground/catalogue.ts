import * as tf from '@tensorflow/tfjs-core';
import * as library from '../../src/index.js';

/** What may be given for an option, in what a link holds and in what a form shows. */
export type Value = number | boolean | string | Curve;

/** A schedule over a whole run: its shape, and the value that it reaches. */
export interface Curve {
  readonly curve: (typeof curves)[number];
  readonly peak: number;
}

export const curves = ['linear', 'cosine', 'warmup, cosine'] as const;

/** An optimizer or a plugin with those of its options that differ from what it begins with. */
export interface Part {
  readonly name: string;
  readonly options: Readonly<Record<string, Value>>;
}

/** One option as a form shows it. */
export interface Field {
  readonly name: string;
  /** What the option must be, in the library's own words. */
  readonly mustBe: string;
  /** What it begins with; `undefined` where it may be left out. */
  readonly start: Value | undefined;
  readonly choices: readonly string[] | undefined;
  readonly takesCurve: boolean;
}

type Options = Readonly<Record<string, unknown>>;
type Constructor = new (options?: object) => {readonly options: Options};

interface Entry {
  readonly fields: readonly Field[];
  readonly starts: Readonly<Record<string, Value>>;
  /** Where it comes from, for the code of a stack. */
  readonly origin: 'tfjs-inject' | 'tf.train';
  /** What its function of tf.train takes after the rate. */
  readonly further: readonly number[];
  /** Throws where the options are not what they must be; makes no tensor, for which there may be no backend yet. */
  check(options: Options): void;
  make(options: Options): unknown;
}

/** Classes that need what a page has not: functions of the user's, partitions of layers, a place to save. */
const left = [
  'InjectOptimizer',
  'InjectPlugin',
  'Partitions',
  'Constraints',
  'Checkpoint',
  'LearningRateFinder',
  'Monitor',
];

/** What options begin with where the class asks for them, or where its own choice is for longer trainings. */
const startsOf: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  ClipByGlobalNorm: {clipNorm: 1},
  ClipByNorm: {clipNorm: 1},
  ClipByValue: {clipValue: 0.5},
  AccumulateGradients: {steps: 2},
  MicroBatch: {size: 16},
  LearningRate: {learningRate: {curve: 'cosine', peak: 0.05}},
  EMA: {decay: 0.98},
  SWA: {start: 50},
};

/** Those of tf.train, and what they take after the rate. */
const natives = {sgd: [], momentum: [0.9], rmsprop: [], adam: []} as const;

export const optimizers: ReadonlyMap<string, Entry> = new Map([
  ...entriesOf(library.InjectOptimizer),
  ...(Object.keys(natives) as (keyof typeof natives)[]).map((name): [string, Entry] => [
    `tf.train.${name}`,
    nativeEntry(name),
  ]),
]);

export const plugins: ReadonlyMap<string, Entry> = new Map(entriesOf(library.InjectPlugin));

function entriesOf(base: abstract new (...args: never[]) => object): [string, Entry][] {
  return Object.entries(library)
    .filter(([name, value]) => isClassOf(value, base) && !left.includes(name))
    .map(([name, value]): [string, Entry] => [name, entryOf(name, value as Constructor)])
    .sort(([a], [b]) => a.localeCompare(b));
}

function isClassOf(value: unknown, base: abstract new (...args: never[]) => object): boolean {
  return typeof value === 'function' && value.prototype instanceof base;
}

function entryOf(name: string, Class: Constructor): Entry {
  const starts = startsOf[name] ?? {};
  const {options} = new Class(optionsAt(starts, 1));
  const fields = Object.entries(options).flatMap(([option, fallback]) => {
    const field = fieldOf(Class, option, starts[option] ?? fallback, starts);
    return field ? [field] : [];
  });
  const make = (given: Options) => new Class(given);
  return {fields, starts, origin: 'tfjs-inject', further: [], check: make, make};
}

function nativeEntry(name: keyof typeof natives): Entry {
  const starts = {learningRate: 0.01};
  const mustBe = 'a finite number ≥ 0; a schedule comes by the plugin LearningRate';
  const further = natives[name];
  return {
    fields: [
      {name: 'learningRate', mustBe, start: starts.learningRate, choices: undefined, takesCurve: false},
    ],
    starts,
    origin: 'tf.train',
    further,
    check({learningRate: rate}) {
      if (typeof rate === 'number' && rate >= 0 && rate < Number.POSITIVE_INFINITY) return;
      throw new library.InjectError('INVALID_OPTION', `learningRate must be ${mustBe}; received ${rate}`);
    },
    make: ({learningRate: rate}) =>
      (tf.train[name] as (...values: number[]) => tf.Optimizer)(rate as number, ...further),
  };
}

/** A field for what a form can show; the library itself is asked what the option must be. */
function fieldOf(
  Class: Constructor,
  name: string,
  start: unknown,
  starts: Readonly<Record<string, Value>>,
): Field | undefined {
  const mustBe = refusalOf(Class, {...optionsAt(starts, 1), [name]: Symbol('nothing')});
  if (mustBe === undefined || !isShown(start)) return undefined;
  const list = /^one of (.*)$/.exec(mustBe)?.[1];
  return {
    name,
    mustBe,
    start,
    choices: list?.split(', ').flatMap(text => /^"?([\w-]+)"?$/.exec(text)?.[1] ?? []),
    takesCurve: mustBe.includes('a function of the completed steps'),
  };
}

function refusalOf(Class: Constructor, options: object): string | undefined {
  try {
    new Class(options);
  } catch (error) {
    return / must be (.*); received /.exec((error as Error).message)?.[1];
  }
  return undefined;
}

function isShown(value: unknown): value is Value | undefined {
  return value === undefined || ['number', 'boolean', 'string'].includes(typeof value) || isCurve(value);
}

export function isCurve(value: unknown): value is Curve {
  return typeof value === 'object' && value !== null && curves.includes((value as Curve).curve);
}

/** Options as the library takes them, for a run of so many steps. */
export function optionsAt(options: Readonly<Record<string, Value>>, steps: number): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, isCurve(value) ? scheduleOf(value, steps) : value]),
  );
}

function scheduleOf({curve, peak}: Curve, steps: number): (iterations: number) => number {
  const {polynomial, cosine, warmup} = library.schedules;
  const warmupSteps = warmupOf(steps);
  switch (curve) {
    case 'linear':
      return polynomial({initialValue: peak, decaySteps: steps});
    case 'cosine':
      return cosine({initialValue: peak, decaySteps: steps});
    case 'warmup, cosine':
      return warmup({warmupSteps, schedule: cosine({initialValue: peak, decaySteps: steps - warmupSteps})});
  }
}

/** A tenth of a run, and at least one step where that leaves one. */
export function warmupOf(steps: number): number {
  return steps < 2 ? 0 : Math.max(1, Math.round(steps / 10));
}

/** The options of a part, those that it begins with filled in. */
export function optionsOf({name, options}: Part): Readonly<Record<string, Value>> {
  return {...(optimizers.get(name) ?? plugins.get(name))?.starts, ...options};
}
