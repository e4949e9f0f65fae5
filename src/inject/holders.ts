import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {Injection} from './injection.js';
import {shortName} from './shortName.js';

/** What serves one injection at a time: shared state would mix two. */
type Kind = 'optimizer' | 'plugin' | 'model';

/** Which injection each of them serves. */
const holders = new WeakMap<object, Injection>();

const key = Symbol.for('tfjs-inject');
/** By which copy of this library each is held: a program may have loaded two, which know nothing else of each other. */
const ofAllCopies = globalThis as {[key]?: WeakMap<object, unknown>};

/** Marks an object as used by one injection. */
export function claim(subject: object, kind: Kind, injection: Injection): void {
  requireFree(subject, kind, injection);
  holders.set(subject, injection);
  ofAllCopies[key] ??= new WeakMap();
  ofAllCopies[key].set(subject, holders);
}

/** @throws InjectError `ALREADY_INJECTED` where an object serves an injection already, and `injection` (or a new one) wants it. */
export function requireFree(subject: object, kind: Kind, injection?: Injection): void {
  const holder = holderOf(subject);
  const copy = ofAllCopies[key]?.get(subject) ?? holders;
  if (!holder && copy === holders) return;
  const called =
    kind === 'optimizer' ? shortName(subject as tf.Optimizer) : `'${(subject as {name?: string}).name}'`;
  const place = holder?.model ? 'model' : 'hand-written loop';
  throw new InjectError(
    'ALREADY_INJECTED',
    holder
      ? `one object serves one injection; ${kind} ${called} is already in ${holder === injection ? 'this' : 'another'} ${place}. ` +
          `Give each model and each loop one of its own, or call eject() there first`
      : `one copy of tfjs-inject must be loaded; ${kind} ${called} was injected by another. ` +
          '`npm ls tfjs-inject` shows where they come from',
  );
}

export function holderOf(subject: object): Injection | undefined {
  const holder = holders.get(subject);
  return holder?.hasLost(subject) ? undefined : holder;
}

export function release(subject: object, injection: Injection): void {
  if (holders.get(subject) !== injection) return;
  holders.delete(subject);
  ofAllCopies[key]?.delete(subject);
}
