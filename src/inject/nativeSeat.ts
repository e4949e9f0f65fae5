import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {hold} from './hold.js';
import type {Captured, Journal} from './journal.js';
import type {Phase} from './phase.js';
import {
  isNumber,
  isText,
  joined,
  type Mismatches,
  numberIn,
  partOf,
  type Saved,
  shapeProblem,
  valuesIn,
} from './saved.js';
import type {Group, Plan, Seat} from './seat.js';
import {Slots} from './slots.js';
import type {Step} from './step.js';
import type {Target} from './target.js';
import {prepareUpdate} from './update.js';
import type {Weight} from './weight.js';

/**
 * A foreign optimizer (any `tf.train.*`, any third party's) in the seat: one
 * phase, whose group is its own `applyGradients` over the full list of weights.
 * All that we know of such an optimizer's insides stands in this file.
 */
export class NativeSeat implements Seat {
  /** Goes on from what the optimizer has counted: schedules and seeds are resumed with it. */
  completedSteps: number;
  readonly slots = new Slots('groups');
  readonly projects = false;

  readonly minimizesItself: boolean;
  readonly minimize: tf.Optimizer['minimize'];

  constructor(readonly optimizer: tf.Optimizer) {
    // Not by the getter, which would begin to count.
    this.completedSteps = (optimizer as unknown as {iterations_?: number}).iterations_ ?? 0;
    // Both are methods of tf.Optimizer's own, whichever copy of tfjs it comes from.
    this.minimize = optimizer.minimize?.bind(optimizer);
    this.minimizesItself = ownerOf(optimizer, 'minimize') !== ownerOf(optimizer, 'incrementIterations');
  }

  makePlan(): Plan {
    return {
      kind: 'fixed',
      groups: [
        {kind: 'native', name: this.optimizer.getClassName?.() ?? 'optimizer', slots: {}, counters: {}},
      ],
    };
  }

  checkWeights(): void {}

  rateAt(): number {
    return rateOf(this.optimizer) ?? Number.NaN;
  }

  computeGradients(loss: () => tf.Scalar, weights?: tf.Variable[]) {
    return this.optimizer.computeGradients(loss, weights);
  }

  prepare(group: Group, phase: Phase, journal: Journal): () => void {
    const {step, gradients} = phase;
    if (group.kind !== 'native') {
      return prepareUpdate(group, {
        ...step,
        gradients,
        weights: gradients.keys(),
        slots: this.slots,
        journal,
      });
    }
    // Slots of tf.train.* are kept by position: the list is always the full one, with null for frozen weights.
    const named = (step.listed ?? step.weights).map(weight => ({
      name: weight.variable.name,
      tensor: gradients.get(weight) ?? null!,
    }));
    const rate = rateOf(this.optimizer);
    const isScheduled = !Object.is(step.learningRate, rate ?? Number.NaN);
    if (isScheduled && rate === undefined) {
      throw new InjectError(
        'INVALID_OPTION',
        `the hook 'learningRate' needs an optimizer with a numeric 'learningRate'; ${group.name} has none`,
      );
    }
    return () => {
      this.note(step, journal);
      if (isScheduled) setRate(this.optimizer, step.learningRate);
      try {
        this.optimizer.applyGradients(named);
      } finally {
        // A scheduled rate must not be saved with the optimizer, or it would apply twice.
        if (isScheduled) setRate(this.optimizer, rate!);
      }
    };
  }

  atPoint<T>(_group: Group, _step: Step, body: () => T): T {
    return body();
  }

  tell(): void {}

  leave(): void {
    this.slots.dispose();
  }

  /** Weights, and the optimizer's own slots and counters, until the commit. */
  note({weights}: Step, journal: Journal): void {
    for (const {variable} of weights) journal.note(variable);
    if (!journal.wants(this)) return;
    const {restore, release} = this.captureOptimizer();
    const undo = () => {
      restore();
      release();
    };
    journal.record(this, undo, release);
  }

  capture(): Captured {
    const own = [this.slots.capture(), this.captureOptimizer()];
    const {completedSteps} = this;
    return {
      restore: () => {
        for (const each of own) each.restore();
        this.completedSteps = completedSteps;
      },
      release: () => {
        for (const each of own) each.release();
      },
    };
  }

  /** Numbers and variables by field; a list of slots by field and weight, for its own order is that of the weights. */
  save({listed}: Target): Saved {
    const tensors = new Map<string, tf.Tensor>();
    const numbers: Record<string, number> = {};
    const names: Record<string, string> = {};
    const keys = keysOf(listed);
    for (const [field, value] of Object.entries(this.optimizer)) {
      if (typeof value === 'number') numbers[field] = value;
      else if (isVariable(value)) tensors.set(field, hold(value));
      else if (isSlotList(value)) {
        value.forEach(({variable, originalName}, i) => {
          const key = `${field}/${keys[i] ?? i}`;
          tensors.set(key, hold(variable));
          names[key] = originalName;
        });
      }
    }
    const clock = {iterations: this.completedSteps};
    return joined({
      own: {tensors: new Map(), data: clock},
      fields: {tensors, data: {numbers, names}},
      slots: this.slots.save(),
    });
  }

  mismatches(saved: Saved, {listed}: Target): Mismatches {
    const found = new Map<string, string>();
    const byKey = new Map(keysOf(listed).map((key, i) => [key, listed[i]!.variable]));
    for (const [name, tensor] of partOf(saved, 'fields').tensors) {
      const [field, key] = split(name);
      const own = this.field(field);
      const wanted = key === undefined ? isVariable(own) && own : isSlotList(own) && byKey.get(key);
      const problem = shapeProblem(tensor, wanted || undefined);
      if (problem) found.set(`fields/${name}`, problem);
    }
    return found;
  }

  put(saved: Saved, {listed}: Target): void {
    const {tensors, data} = partOf(saved, 'fields');
    const numbers = valuesIn(data, 'numbers', isNumber);
    const names = valuesIn(data, 'names', isText);
    this.completedSteps = numberIn(partOf(saved, 'own').data, 'iterations', 'count');
    this.slots.put(partOf(saved, 'slots'));
    for (const [field, value] of Object.entries(this.optimizer)) {
      if (isSlotList(value)) for (const {variable} of value.splice(0)) variable.dispose();
      else if (typeof value === 'number' && !Object.hasOwn(numbers, field)) this.setField(field, undefined);
    }
    for (const [field, value] of Object.entries(numbers)) {
      if (field === 'learningRate') {
        if (rateOf(this.optimizer) !== value) setRate(this.optimizer, value);
      } else if (typeof this.field(field) === 'number' || field === clockField) this.setField(field, value);
    }
    const places = new Map(keysOf(listed).map((key, i) => [key, i]));
    for (const [name, tensor] of tensors) {
      const [field, key] = split(name);
      const own = this.field(field);
      if (key === undefined) (own as tf.Variable).assign(tensor);
      else {
        const originalName = names[name] ?? name;
        const variable = tf.tidy(() => tf.variable(tf.clone(tensor), false));
        (own as SlotList)[places.get(key)!] = {originalName, variable};
      }
    }
  }

  /**
   * tfjs leaves the step count that each save makes (issue 8238), and has no way to save the slots of Adamax: of that the
   * options are saved, with a warning.
   */
  async saving<T>(body: () => Promise<T>): Promise<T> {
    const {optimizer} = this;
    const own = Object.getOwnPropertyDescriptor(optimizer, 'getWeights');
    const native = optimizer.getWeights.bind(optimizer);
    const made: tf.Tensor[] = [];
    const getWeights = async () => {
      const weights = await native().catch((error: Error) => {
        if (!/not implemented/.test(error.message)) throw error;
        console.warn(
          `tfjs-inject: tfjs cannot save the slots of ${optimizer.getClassName()}, which is saved without them; injection.save has them`,
        );
        return [];
      });
      made.push(...weights.flatMap(({name, tensor}) => (name === 'iter' ? [tensor] : [])));
      return weights;
    };
    Object.defineProperty(optimizer, 'getWeights', {value: getWeights, configurable: true, writable: true});
    try {
      return await body();
    } finally {
      if (own) Object.defineProperty(optimizer, 'getWeights', own);
      else delete (optimizer as Partial<tf.Optimizer>).getWeights;
      tf.dispose(made);
    }
  }

  private field(name: string): unknown {
    return Object.hasOwn(this.optimizer, name)
      ? (this.optimizer as unknown as Record<string, unknown>)[name]
      : undefined;
  }

  private setField(name: string, value: number | undefined): void {
    const fields = this.optimizer as unknown as Record<string, unknown>;
    if (value === undefined) delete fields[name];
    else fields[name] = value;
  }

  private captureOptimizer(): Captured {
    const fields = this.optimizer as unknown as Record<string, unknown>;
    const counters = new Map(Object.entries(fields).filter(([, value]) => typeof value === 'number'));
    const lists = Object.values(fields).filter(isSlotList);
    const lengths = lists.map(list => list.length);
    const variables = [
      ...Object.values(fields).filter(isVariable),
      ...lists.flatMap(list => list.map(({variable}) => variable)),
    ];
    const values = variables.map(hold);
    return {
      restore: () => {
        for (const [i, variable] of variables.entries()) variable.assign(values[i]!);
        for (const [name, value] of Object.entries(fields)) {
          if (typeof value !== 'number') continue;
          // Its own clock a tf.Optimizer makes when it first ticks.
          if (counters.has(name)) fields[name] = counters.get(name);
          else delete fields[name];
        }
        lists.forEach((list, i) => {
          for (const {variable} of list.splice(lengths[i]!)) variable.dispose();
        });
      },
      release: () => {
        for (const value of values) value.dispose();
      },
    };
  }
}

/** A tf.Optimizer's own clock, which it makes when it first ticks. */
const clockField = 'iterations_';

/** The keys of a list's weights, of which the second time has one of its own. */
function keysOf(listed: readonly Weight[]): string[] {
  return listed.map((weight, i) => {
    const times = listed.slice(0, i).filter(each => each === weight).length;
    return times === 0 ? weight.key : `${weight.key}@${times}`;
  });
}

type SlotList = {originalName: string; variable: tf.Variable}[];

function split(name: string): [field: string, key: string | undefined] {
  const at = name.indexOf('/');
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}

function isVariable(value: unknown): value is tf.Variable {
  return typeof (value as tf.Variable)?.assign === 'function' && 'dataId' in (value as object);
}

function isSlotList(value: unknown): value is SlotList {
  return Array.isArray(value) && value.every(entry => isVariable(entry?.variable));
}

function rateOf(optimizer: tf.Optimizer): number | undefined {
  const {learningRate} = optimizer as unknown as {learningRate?: unknown};
  return typeof learningRate === 'number' ? learningRate : undefined;
}

/** SGD and Momentum keep their rate in a tensor, which only `setLearningRate` replaces. */
function setRate(optimizer: tf.Optimizer, rate: number): void {
  const open = optimizer as unknown as {learningRate: number; setLearningRate?: (rate: number) => void};
  if (typeof open.setLearningRate === 'function') open.setLearningRate(rate);
  else open.learningRate = rate;
}

function ownerOf(object: object, name: string): object | null {
  let owner: object | null = object;
  while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  return owner;
}
