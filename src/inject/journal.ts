import type {Tensor, Variable} from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {hold} from './hold.js';

/** Something as it was: to be put back, then or never let go of. */
export interface Captured {
  restore(): void;
  release(): void;
}

/**
 * What a step has written so far, and how to take it back. While it is open,
 * the first value of everything written is held; `commit` lets go of them,
 * `rollback` puts them back. Outside a step it is closed, and writes are final
 * at once: nothing is held, and memory is free to be reused in place.
 */
export class Journal {
  isOpen = false;
  private readonly entries = new Map<unknown, {undo: () => void; release: () => void}>();

  begin(): void {
    this.isOpen = true;
  }

  /** Whether the next write to `subject` must be recorded first. */
  wants(subject: unknown): boolean {
    return this.isOpen && !this.entries.has(subject);
  }

  record(subject: unknown, undo: () => void, release: () => void): void {
    this.entries.set(subject, {undo, release});
  }

  /** Holds a variable's value before somebody writes it. */
  note(variable: Variable): void {
    if (!this.wants(variable)) return;
    const former = hold(variable);
    this.record(
      variable,
      () => {
        variable.assign(former);
        former.dispose();
      },
      () => former.dispose(),
    );
  }

  /** Writes a variable so that it can be taken back. `value` stays the caller's. */
  assign(variable: Variable, value: Tensor): void {
    this.note(variable);
    variable.assign(value);
  }

  commit(): void {
    this.isOpen = false;
    for (const {release} of this.entries.values()) release();
    this.entries.clear();
  }

  rollback(): void {
    this.isOpen = false;
    for (const {undo} of [...this.entries.values()].reverse()) undo();
    this.entries.clear();
  }
}

/**
 * Runs writes that were prepared.
 *
 * @param journal what takes them back, where one is open.
 * @throws InjectError `STEP_TORN` where one throws that can no longer be taken back.
 */
export function runWrites(writes: () => void, journal: Journal | undefined): void {
  try {
    writes();
  } catch (error) {
    if (journal?.isOpen) throw error;
    throw new InjectError(
      'STEP_TORN',
      'the last writes of a step must not fail, for what they replace is not held; received, with some weights or slots ' +
        `written and others not: ${error}. Go on from a checkpoint or a snapshot`,
      {cause: error},
    );
  }
}
