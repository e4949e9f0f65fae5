import type {Hook} from 'tapable';

interface Tap {
  readonly type: 'sync' | 'async' | 'promise';
  readonly fn: (...args: unknown[]) => unknown;
}

interface Interceptor {
  readonly call?: (...args: unknown[]) => void;
  readonly tap?: (tap: Tap) => void;
  readonly error?: (error: unknown) => void;
  readonly result?: (result: unknown) => void;
  readonly done?: () => void;
}

interface CompileOptions {
  readonly taps: readonly Tap[];
  readonly interceptors: readonly Interceptor[];
  readonly type: 'sync' | 'async' | 'promise';
}

/** What a hook does with what a tap returns: nothing; ends with it; hands it to the next tap. */
export type HookKind = 'series' | 'bail' | 'waterfall';

/**
 * Makes a hook go through its taps by a loop. tapable itself writes the source of each call and evaluates it, which a
 * page under a strict Content-Security-Policy (a browser extension) and Node with
 * `--disallow-code-generation-from-strings` refuse.
 */
export function interpretCalls(hook: Hook<unknown[], unknown>, kind: HookKind): void {
  const open = hook as unknown as {compile(options: CompileOptions): (...args: never[]) => unknown};
  open.compile = options => {
    if (options.type === 'sync') return (...args: unknown[]) => callAll(options, kind, args);
    const callInTurn = (args: unknown[]) => callSeries(options, args);
    if (options.type === 'promise') return (...args: unknown[]) => callInTurn(args);
    return (...args: unknown[]) => {
      const callback = args.pop() as (error?: unknown) => void;
      callInTurn(args).then(() => callback(), callback);
    };
  };
}

/** As tapable does, it tells no interceptor of a throw, which the caller gets. */
function callAll({taps, interceptors}: CompileOptions, kind: HookKind, args: unknown[]): unknown {
  for (const {call} of interceptors) call?.(...args);
  let value: unknown;
  for (const tap of taps) {
    for (const interceptor of interceptors) interceptor.tap?.(tap);
    const result = tap.fn(...args);
    if (kind === 'series' || result === undefined) continue;
    value = result;
    if (kind === 'bail') break;
    args[0] = result;
  }
  if (kind === 'waterfall') value = args[0];
  for (const {result, done} of interceptors)
    if (value === undefined) done?.();
    else result?.(value);
  return value;
}

async function callSeries({taps, interceptors}: CompileOptions, args: unknown[]): Promise<void> {
  for (const {call} of interceptors) call?.(...args);
  try {
    for (const tap of taps) {
      for (const interceptor of interceptors) interceptor.tap?.(tap);
      if (tap.type === 'sync') tap.fn(...args);
      else await (tap.type === 'promise' ? tap.fn(...args) : called(tap, args));
    }
  } catch (error) {
    for (const interceptor of interceptors) interceptor.error?.(error);
    throw error;
  }
  for (const {done} of interceptors) done?.();
}

function called({fn}: Tap, args: unknown[]): Promise<void> {
  return new Promise((resolve, reject) => {
    fn(...args, (error?: unknown) => (error ? reject(error) : resolve()));
  });
}
