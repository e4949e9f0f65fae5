/** Compile-only: `npm run types` reads this file. What the logs of a boundary are follows from its kind. */
import type * as tf from '@tensorflow/tfjs-core';
import type {Boundary, Hooks} from '../../src/index.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectSame<_T extends true>(): void {}

type LogsOf<K extends Boundary['kind']> = (Boundary & {kind: K})['logs'];
expectSame<Same<LogsOf<'batch'>[string], number | tf.Tensor>>();

declare const {boundary}: Hooks;
boundary.tapPromise('reads', async ({kind, logs, stop}) => {
  if (kind === 'epoch') {
    expectSame<Same<typeof logs, Record<string, number>>>();
    if (logs.val_loss! < 0.1) stop();
  } else if (kind === 'batch') {
    expectSame<Same<typeof logs, Record<string, number | tf.Tensor>>>();
    // @ts-expect-error a batch's logs may be tensors
    if (logs.loss! < 0.1) stop();
  }
});
boundary.tap('writes', ({kind, logs, start}) => {
  logs.mine = 1;
  logs[`own_${kind}`] = 2;
  if (kind === 'begin' && start) start.epoch = 3;
  // @ts-expect-error numbers
  logs.mine = '1';
});
boundary.tap('takes all', (place: Boundary) => {
  if (place.kind === 'train') expectSame<Same<typeof place.logs, Record<string, number>>>();
});
