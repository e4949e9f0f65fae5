import {InjectError} from '../errors.js';
import type {Injection} from './injection.js';

/** Which injection each optimizer and plugin serves. */
const holders = new WeakMap<object, Injection>();

/** Marks an optimizer or a plugin as used by one injection: shared state would mix two models. */
export function claim(subject: object, injection: Injection, name: string): void {
  const holder = holders.get(subject);
  if (holder) throw heldError(name, holder, injection);
  holders.set(subject, injection);
}

/** What is wrong where an object serves `holder` already, and `injection` (or a new one) wants it. */
export function heldError(name: string, holder: Injection, injection?: Injection): InjectError {
  const kind = holder.model ? 'model' : 'hand-written loop';
  return new InjectError(
    'ALREADY_INJECTED',
    `one object serves one injection; ${name} is already in ${holder === injection ? 'this' : 'another'} ${kind}. ` +
      `Make a new one, or call eject() there first`,
  );
}

export function holderOf(subject: object): Injection | undefined {
  return holders.get(subject);
}

export function release(subject: object): void {
  holders.delete(subject);
}
