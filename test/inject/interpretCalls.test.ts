import {expect} from 'chai';
import fc from 'fast-check';
import {AsyncSeriesHook, type Hook, SyncBailHook, SyncHook, SyncWaterfallHook} from 'tapable';
import {type HookKind, interpretCalls} from '../../src/inject/interpretCalls.js';

type AnyHook = Hook<unknown[], unknown>;

const makers: Record<HookKind | 'async', () => AnyHook> = {
  series: () => new SyncHook<[unknown, unknown]>(['a', 'b']) as unknown as AnyHook,
  bail: () => new SyncBailHook<[unknown, unknown], unknown>(['a', 'b']) as unknown as AnyHook,
  waterfall: () => new SyncWaterfallHook<[unknown, unknown]>(['a', 'b']) as unknown as AnyHook,
  async: () => new AsyncSeriesHook<[unknown, unknown]>(['a', 'b']) as unknown as AnyHook,
};

interface Tap {
  readonly type: 'sync' | 'async' | 'promise';
  readonly stage: number;
  readonly result: number | null | undefined | 'throw';
}

const aTap = fc.record<Tap>({
  type: fc.constantFrom('sync', 'async', 'promise'),
  stage: fc.integer({min: -2, max: 2}),
  result: fc.constantFrom<Tap['result'][]>(undefined, undefined, null, 0, 7, 'throw'),
});

/** What a hook with these taps does when it is called, in order. */
async function storyOf(hook: AnyHook, isAsync: boolean, taps: readonly Tap[], listens: boolean, way: string) {
  const story: unknown[] = [];
  const open = hook as unknown as {
    tapAsync(options: object, fn: (...args: unknown[]) => void): void;
    tapPromise(options: object, fn: (...args: unknown[]) => Promise<unknown>): void;
    call(...args: unknown[]): unknown;
    promise(...args: unknown[]): Promise<unknown>;
    callAsync(...args: unknown[]): void;
  };
  taps.forEach(({type, stage, result}, i) => {
    const tell = (...args: unknown[]) => {
      story.push(['tap', i, ...args]);
      if (result === 'throw') throw new Error(`tap ${i}`);
      return result;
    };
    const options = {name: `tap${i}`, stage};
    if (!isAsync || type === 'sync') hook.tap(options, tell);
    else if (type === 'promise') open.tapPromise(options, async (...args) => tell(...args));
    else
      open.tapAsync(options, (a, b, callback) => {
        try {
          const value = tell(a, b);
          setTimeout(() => (callback as (e: unknown, r: unknown) => void)(null, value), 0);
        } catch (error) {
          (callback as (e: unknown) => void)(error);
        }
      });
  });
  if (listens) {
    hook.intercept({
      call: (...args: unknown[]) => story.push(['call', ...args]),
      tap: ({name}: {name: string}) => story.push(['before', name]),
      error: (error: Error) => story.push(['error', error.message]),
      result: (result: unknown) => story.push(['result', result]),
      done: () => story.push(['done']),
    } as never);
  }
  try {
    if (!isAsync) story.push(['returned', open.call(1, 2)]);
    else if (way === 'promise') story.push(['resolved', await open.promise(1, 2)]);
    else
      await new Promise<void>((resolve, reject) =>
        open.callAsync(1, 2, (error: unknown) => (error ? reject(error) : resolve())),
      );
  } catch (error) {
    story.push(['thrown', (error as Error).message]);
  }
  return story;
}

describe('Calls of hooks without generated code', () => {
  for (const kind of ['series', 'bail', 'waterfall', 'async'] as const) {
    it(`do what tapable's own do: ${kind}`, async () => {
      const lists = fc.array(aTap, {maxLength: 5});
      const body = async (taps: Tap[], listens: boolean, way: string) => {
        const interpreted = makers[kind]();
        interpretCalls(interpreted, kind === 'async' ? 'series' : kind);
        const [actual, wanted] = [interpreted, makers[kind]()].map(hook =>
          storyOf(hook, kind === 'async', taps, listens, way),
        );
        expect(await actual).to.deep.equal(await wanted);
      };
      await fc.assert(fc.asyncProperty(lists, fc.boolean(), fc.constantFrom('promise', 'callback'), body), {
        seed: 7,
        numRuns: 200,
      });
    });
  }
});
