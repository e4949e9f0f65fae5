import * as tf from '@tensorflow/tfjs-core';
import type {Slots} from '../../inject/slots.js';
import type {Weight} from '../../inject/weight.js';
import type {Named} from './norms.js';

/** A sum, and of how many numbers it is. */
export interface Total {
  readonly sum: number;
  readonly count: number;
}

export type Totals = Map<string, Total>;

/**
 * Sums, by name, of what is measured in steps. Scalars stay on the device until they are taken: one vector for those that
 * come together, however many steps there are. All of it is in a plugin's slots, so that a step which is taken back
 * takes its part with it; a checkpoint has none of it.
 */
export class RunningMeans {
  private readonly numbers = new Set<string>();
  /** The names in each vector. */
  private readonly layouts: (readonly string[])[] = [];
  /** Slots are kept by weight; sums are of none, and go by the first one seen. */
  private anchor: Weight | undefined;

  constructor(private readonly slots: Slots) {
    slots.isSaved = false;
  }

  addNumber(name: string, value: number): void {
    this.numbers.add(name);
    this.count(`sum of ${name}`, value);
    this.count(`count of ${name}`, 1);
  }

  /** Adds scalars that are known together; to be called within a tidy. */
  addScalars(entries: readonly Named[], {weights}: {weights: readonly Weight[]}): void {
    if (entries.length === 0) return;
    this.anchor ??= weights[0]!;
    const slot = this.slotOf(entries.map(([name]) => name));
    const vector = tf.stack(entries.map(([, scalar]) => scalar));
    const isFirst = !this.slots.has(slot, this.anchor);
    this.slots.write(
      slot,
      this.anchor,
      isFirst ? vector : tf.add(this.slots.read(slot, this.anchor), vector),
    );
    this.count(`count of ${slot}`, 1);
  }

  /** Reads what has come since the last time, and begins anew; what comes while it reads is for the next time. */
  async take(): Promise<Totals> {
    const {anchor, slots} = this;
    const totals: Totals = new Map();
    const total = (name: string, sum: number): Total => ({sum, count: slots.count(`count of ${name}`, 0)});
    for (const name of this.numbers) {
      const found = total(name, slots.count(`sum of ${name}`, 0));
      if (found.count > 0) totals.set(name, found);
    }
    const present = this.layouts.filter(names => anchor && slots.has(this.slotOf(names), anchor));
    const read = present.map(names => {
      const slot = this.slotOf(names);
      return {names, count: total(slot, 0).count, sums: tf.keep(tf.clone(slots.read(slot, anchor!)))};
    });
    slots.dispose();
    try {
      const values = await Promise.all(read.map(({sums}) => sums.data()));
      read.forEach(({names, count}, i) => {
        names.forEach((name, at) => {
          addTotal(totals, name, {sum: values[i]![at]!, count});
        });
      });
    } finally {
      for (const {sums} of read) sums.dispose();
    }
    return totals;
  }

  private count(name: string, more: number): void {
    this.slots.setCount(name, this.slots.count(name, 0) + more);
  }

  private slotOf(names: readonly string[]): string {
    const {layouts} = this;
    const found = layouts.findIndex(layout => layout.join('\n') === names.join('\n'));
    return `means${found < 0 ? layouts.push(names) - 1 : found}`;
  }
}

export function addTotal(totals: Totals, name: string, {sum, count}: Total): void {
  const former = totals.get(name);
  totals.set(name, former ? {sum: former.sum + sum, count: former.count + count} : {sum, count});
}
