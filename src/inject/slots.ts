import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {apart} from '../rules/slotMemory.js';
import {type SlotStart, shapeOf} from '../rules/slotStart.js';
import {hold, isAlive} from './hold.js';
import type {Captured, Journal} from './journal.js';
import {type Parked, park, parkedValues} from './parked.js';
import {numberIn, type Saved} from './saved.js';
import {refuse, tensorProblem} from './tensorProblem.js';
import type {Weight} from './weight.js';

let made = 0;

/**
 * The slots of one owner (an optimizer or a plugin): tensors with the shape of
 * their weight, keyed `slot/weight`. Freezing, unfreezing and reordering of
 * layers never mixes them.
 *
 * A slot lives on the device from its first write. What `stash` or `load` put
 * off the device comes back at the next read.
 */
export class Slots {
  /** Where writes are recorded while a step is under way; the injection sets it. */
  journal: Journal | undefined;
  /** Whether checkpoints hold them. Not what the logs of the running epoch are made of: these begin anew after a break. */
  isSaved = true;
  private readonly live = new Map<string, tf.Tensor>();
  private stashed = new Map<string, Parked>();
  private counters = new Map<string, number>();
  /** Whether the stash came from a file, and every weight is expected in it. */
  private isLoaded = false;

  // Not to be compared: two optimizers of the same options are alike.
  readonly #id = made++;

  constructor(readonly owner: string) {}

  /**
   * The slot's value: live, or fetched back from the stash, or its start. A
   * start value belongs to the caller's tidy. What is taken of a value stays
   * as it is.
   *
   * @throws InjectError `SHAPE_MISMATCH` where a loaded value does not have the slot's shape.
   */
  read(slot: string, weight: Weight, start: SlotStart = 'zeros'): tf.Tensor {
    this.show(`${slot}/${weight.key}`);
    return this.peek(slot, weight, start);
  }

  /** The same for what takes nothing of it beyond this step: a later one may write over its data. */
  peek(slot: string, weight: Weight, start: SlotStart = 'zeros'): tf.Tensor {
    const live = this.live.get(`${slot}/${weight.key}`);
    if (live && isAlive(live)) return live;
    const shape = shapeOf(start, weight.variable.shape);
    const stashed = this.findStashed(slot, weight, shape);
    if (!stashed && this.isLoaded)
      this.warnOfMissing(`slot '${slot}' for weight '${weight.key}'`, [...this.stashed.keys()]);
    return stashed?.tensor() ?? startOf(start, weight);
  }

  /** Whether the slot has a value for the weight: on the device, or in the stash. */
  has(slot: string, weight: Weight): boolean {
    const live = this.live.get(`${slot}/${weight.key}`);
    return (live !== undefined && isAlive(live)) || this.stashedLike(slot, weight).length > 0;
  }

  /**
   * Makes `value` the slot's; the caller's own reference stays the caller's.
   *
   * @throws InjectError `INVALID_OPTION`, `SHAPE_MISMATCH` for what is no slot's name, no weight, or no float32 tensor.
   */
  write(slot: string, weight: Weight, value: tf.Tensor): void {
    const isName = typeof slot === 'string' && slot !== '' && !slot.includes('/');
    if (!isName || typeof weight?.key !== 'string')
      throw new InjectError(
        'INVALID_OPTION',
        `a slot of ${this.owner} must be written by a name without '/' and a Weight; received ${shown(isName ? weight : slot)}`,
      );
    // A copy of a weight has its type.
    const problem = tensorProblem(
      value,
      undefined,
      value?.dtype === weight.variable?.dtype ? value.dtype : 'float32',
    );
    if (problem) refuse(problem, what => `slot '${slot}' of weight '${weight.key}' must become ${what}`);
    const key = `${slot}/${weight.key}`;
    const former = this.live.get(key);
    // An update that was written in place has left nothing to do.
    if (former?.dataId === value.dataId && !this.journal?.isOpen) return;
    const putBack = this.takeStashed(slot, weight);
    const subject = this.subject(key);
    if (this.journal?.wants(subject)) {
      this.journal.record(
        subject,
        () => {
          this.live.get(key)?.dispose();
          if (former) this.live.set(key, former);
          else this.live.delete(key);
          putBack();
        },
        () => former?.dispose(),
      );
      this.live.set(key, hold(value));
      return;
    }
    this.live.set(key, hold(value));
    former?.dispose();
  }

  /** A counter: a number in double precision that goes on from step to step. */
  count(name: string, start: number): number {
    return this.counters.get(name) ?? start;
  }

  /** That of an update group: each of its steps writes it, so that a loaded state has it, or is of something else. */
  countOfGroup(name: string, start: number): number {
    if (this.isLoaded && !this.counters.has(name))
      this.warnOfMissing(`counter '${name}'`, [...this.counters.keys()]);
    return this.count(name, start);
  }

  /** @throws InjectError `INVALID_OPTION` for what is no number. */
  setCount(name: string, value: number): void {
    if (typeof value !== 'number')
      throw new InjectError(
        'INVALID_OPTION',
        `counter '${name}' of ${this.owner} must become a number; received ${shown(value)}`,
      );
    const subject = this.subject(name);
    const former = this.counters.get(name);
    if (this.journal?.wants(subject)) {
      const undo = () =>
        former === undefined ? this.counters.delete(name) : this.counters.set(name, former);
      this.journal.record(subject, undo, () => {});
    }
    this.counters.set(name, value);
  }

  /** Makes a slot that lives start anew from the weight, which somebody else has written. */
  restart(slot: string, weight: Weight): void {
    if (this.live.has(`${slot}/${weight.key}`) || this.stashedLike(slot, weight).length > 0)
      this.write(slot, weight, weight.variable);
  }

  /**
   * Counters, live and stashed slots as they are saved: `owner/counter` and `owner/slot/weight`. What is not a live
   * slot becomes a tensor that the caller owns.
   *
   * @param known, counters  names of the slots and counters that are wanted. Default: all.
   */
  *entries(
    known?: readonly string[],
    counters?: readonly string[],
  ): Iterable<{name: string; tensor: tf.Tensor}> {
    for (const [name, value] of this.counters) {
      if (counters?.includes(name) !== false)
        yield {name: `${this.owner}/${name}`, tensor: tf.tensor1d(float32Parts(value))};
    }
    const isWanted = (key: string) => known?.includes(slotIn(key)) !== false;
    for (const key of this.live.keys())
      if (isWanted(key)) yield {name: `${this.owner}/${key}`, tensor: this.show(key)!};
    for (const [key, parked] of this.stashed) {
      const tensor = this.live.has(key) || !isWanted(key) ? undefined : parked.tensor();
      if (tensor) yield {name: `${this.owner}/${key}`, tensor};
    }
  }

  /** Lets others see a live slot. */
  private show(key: string): tf.Tensor | undefined {
    const tensor = this.live.get(key);
    if (!tensor || !isAlive(tensor)) return tensor;
    const shown = apart(tensor);
    if (shown === tensor) return tensor;
    this.live.set(key, tf.keep(shown));
    tensor.dispose();
    return shown;
  }

  owns(tensor: tf.Tensor): boolean {
    return [...this.live.values()].includes(tensor);
  }

  /**
   * Takes saved values, to be matched to weights by name when they are read.
   *
   * @param known, counters  names of the slots and counters that there are. Default: not known; then a counter is what
   *     names no weight.
   * @throws InjectError `UNKNOWN_SLOT` for a name that is not of this owner, before anything has changed.
   */
  load(
    saved: Iterable<{name: string; shape: number[]; values: Float32Array}>,
    known?: readonly string[],
    counters?: readonly string[],
  ): void {
    const stash = new Map<string, Parked>();
    const counts = new Map<string, number>();
    for (const {name, shape, values} of saved) {
      const key = name.startsWith(`${this.owner}/`) ? name.slice(this.owner.length + 1) : '';
      if (counters ? counters.includes(key) : key !== '' && !key.includes('/')) {
        counts.set(key, values[0]! + values[1]! + values[2]!);
        continue;
      }
      if (!key.includes('/') || (known && !known.includes(slotIn(key)))) {
        throw new InjectError(
          'UNKNOWN_SLOT',
          `a saved slot of ${this.owner} must be named ${this.owner}/<slot>/<weight>` +
            `${known ? ` with a slot of [${known.join(', ')}]` : ''}` +
            `${counters && counters.length > 0 ? `, or be one of the counters [${counters.join(', ')}]` : ''}; received ${shown(name)}`,
        );
      }
      stash.set(key, parkedValues(shape, values));
    }
    this.dispose();
    this.counters = counts;
    this.stashed = stash;
    this.isLoaded = stash.size > 0 || counts.size > 0;
  }

  /** Brings all slots off the device, so that no tensor is left; the next read brings them back. */
  stash(): void {
    for (const [key, tensor] of this.live) if (isAlive(tensor)) this.stashed.set(key, park(tensor));
    this.live.clear();
  }

  /** Everything as it is now; nothing is copied. */
  capture(): Captured {
    const live = new Map([...this.live].map(([key, tensor]) => [key, hold(tensor)]));
    const [stashed, counters] = [new Map(this.stashed), new Map(this.counters)];
    const {isLoaded} = this;
    return {
      restore: () => {
        this.dispose();
        for (const [key, tensor] of live) this.live.set(key, hold(tensor));
        [this.stashed, this.counters, this.isLoaded] = [new Map(stashed), new Map(counters), isLoaded];
      },
      release: () => tf.dispose([...live.values()]),
    };
  }

  /** Counters and slots; nothing that is live is copied. */
  save(): Saved {
    const tensors = new Map<string, tf.Tensor>();
    for (const [key, parked] of this.stashed) {
      const tensor = parked.tensor();
      if (tensor) tensors.set(key, tf.keep(tensor));
    }
    for (const [key, tensor] of this.live) {
      tensors.get(key)?.dispose();
      if (isAlive(tensor)) tensors.set(key, hold(tensor));
    }
    return {tensors, data: Object.fromEntries(this.counters)};
  }

  /** Takes what `save` gave, in place of all that there is. */
  put({tensors, data}: Saved): void {
    this.dispose();
    this.isLoaded = false;
    for (const [key, tensor] of tensors) this.live.set(key, hold(tensor));
    for (const name of Object.keys(data)) this.counters.set(name, numberIn(data, name));
  }

  /** Bytes on the device. */
  get bytes(): number {
    let bytes = 0;
    for (const tensor of this.live.values()) bytes += tensor.size * 4;
    return bytes;
  }

  dispose(): void {
    for (const tensor of this.live.values()) tensor.dispose();
    this.live.clear();
    this.counters.clear();
    this.stashed.clear();
  }

  /** What the journal knows a slot or a counter by. */
  private subject(key: string): string {
    return `${this.#id}/${key}`;
  }

  private warnOfMissing(what: string, present: readonly string[]): void {
    this.isLoaded = false;
    console.warn(
      `tfjs-inject: the state that was loaded into ${this.owner} has no ${what}, which starts anew. It has ` +
        `${present.slice(0, 6).join(', ') || 'none'}.`,
    );
  }

  private findStashed(slot: string, weight: Weight, shape: readonly number[]): Parked | undefined {
    const alike = this.stashedLike(slot, weight);
    if (alike.length > 1) {
      throw new InjectError(
        'CHECKPOINT_MISMATCH',
        `slot '${slot}' of weight '${weight.key}' must be matched by name to one saved slot; ` +
          `[${alike.join(', ')}] are equally like it`,
      );
    }
    const found = this.stashed.get(alike[0]!);
    if (found) requireSlotShape(slot, weight, shape, found, 'the saved one');
    return found;
  }

  /**
   * Forgets the stashed value that a written slot replaces, or it would be saved beside it under its former name;
   * what is returned puts it back.
   */
  private takeStashed(slot: string, weight: Weight): () => void {
    const [name, ...others] = this.stashedLike(slot, weight);
    if (name === undefined || others.length > 0) return () => {};
    const value = this.stashed.get(name)!;
    this.stashed.delete(name);
    return () => this.stashed.set(name, value);
  }

  /**
   * A loaded model's variable may carry a suffix that the saved one had not:
   * without an exact match, the names are compared without it.
   */
  private stashedLike(slot: string, weight: Weight): string[] {
    const key = `${slot}/${weight.key}`;
    if (this.stashed.size === 0) return [];
    if (this.stashed.has(key)) return [key];
    const bare = (name: string) => name.replace(/_\d+$/, '');
    return [...this.stashed.keys()].filter(name => bare(name) === bare(key));
  }
}

/** @param what names the value that is to be the slot's. */
export function requireSlotShape(
  slot: string,
  {key}: Weight,
  shape: readonly number[],
  received: {readonly shape: readonly number[]},
  what: string,
): void {
  if (tf.util.arraysEqual(shape as number[], received.shape as number[])) return;
  throw new InjectError(
    'SHAPE_MISMATCH',
    `slot '${slot}' of weight '${key}' must have shape [${shape}]; ${what} has [${received.shape}]`,
  );
}

/** What a slot of a weight starts as; it belongs to the caller's tidy, or is the weight itself. */
export function startOf(start: SlotStart, {variable}: Weight): tf.Tensor {
  if (start === 'weight') return variable;
  const fill = typeof start === 'object' ? (start.fill ?? 0) : start === 'zeros' ? 0 : start;
  return tf.fill(shapeOf(start, variable.shape), fill, 'float32');
}

/** The slot's name in a key. */
const slotIn = (key: string) => key.slice(0, key.indexOf('/'));

/** A double as the sum of three numbers that float32 holds: what a tensor can save without loss. */
function float32Parts(value: number): number[] {
  const first = Math.fround(value);
  const second = Math.fround(value - first);
  return [first, second, value - first - second];
}
