import type {Tensor} from '@tensorflow/tfjs-core';
import {AsyncSeriesHook, type Hook, SyncBailHook, SyncHook, SyncWaterfallHook} from 'tapable';
import {InjectError, shown} from '../errors.js';
import type {Evaluated, Evaluation} from './evaluation.js';
import {type HookKind, interpretCalls} from './interpretCalls.js';
import type {Phase} from './phase.js';
import type {Group} from './seat.js';
import type {Step} from './step.js';
import {checkOf} from './tapResults.js';
import type {WeightMap} from './weight.js';

/** What became of a batch. */
export type Outcome = 'applied' | 'postponed' | 'skipped';

/** Why a step is not to be applied, and whether training goes on. */
export interface Skip {
  readonly reason: string;
  readonly action: 'rollback' | 'stop';
}

/** What the evaluation weights are asked for. */
export type EvaluationPurpose = 'validate' | 'evaluate' | 'predict' | 'save' | 'rest';

/**
 * Epoch and batch, both from 0; the batches before it are passed over, and the epoch's logs are of the others, unless
 * what was restored has the sums of all. Epoch ∞: nothing of this `fit` is to run.
 */
export interface FitStart {
  epoch: number;
  batch: number;
}

/** What `fit` reports, with what has not been read yet. */
export type UnresolvedLogs = Record<string, number | Tensor>;

interface AnyBoundary {
  /**
   * Whether what has ended was broken off: `fit` was told to stop, or a dataset has run out of batches. An epoch then
   * has no validation, and may have no logs at all.
   */
  readonly isBrokenOff: boolean;
  /** Ends `fit` after this batch or epoch; at `'begin'`, before the first. */
  stop(): void;
  /** At `'begin'` of `fit` and `fitDataset`: where it is to begin, which may be moved on. */
  readonly start?: FitStart;
}

interface BatchBoundary extends AnyBoundary {
  readonly kind: 'batch';
  /**
   * What `fit` reports of the batch: tensors, for to read each would keep a device waiting. A tap that needs one as a number awaits
   * its `data()`. Numbers written here reach the user's callbacks.
   */
  readonly logs: UnresolvedLogs;
}

interface LongerBoundary extends AnyBoundary {
  readonly kind: 'begin' | 'epoch' | 'train';
  /** What `fit` reports, as numbers; entries written here reach the user's callbacks, and those of an epoch History. */
  readonly logs: Record<string, number>;
}

/** A place between batches, where asynchronous work is awaited. Its `kind`: what is to begin, or has ended; `'begin'` comes before the first batch of `fit`. */
export type Boundary = BatchBoundary | LongerBoundary;

/** A waterfall whose taps may also return nothing, to keep the value that they were given. */
export type WaterfallHook<A extends [unknown, ...unknown[]]> = Omit<SyncWaterfallHook<A>, 'tap'> & {
  // biome-ignore lint/suspicious/noConfusingVoidType: a tap without a return statement keeps the value, too.
  tap(options: string | {name: string; stage?: number}, fn: (...args: A) => A[0] | undefined | void): void;
};

/** Where plugins join in, in the order of a step. */
export interface Hooks {
  /** First in a step: changes its learning rate. */
  readonly learningRate: WaterfallHook<[number, Step]>;
  /** Every batch; `step.written` names the weights that somebody wrote since. */
  readonly beforeStep: SyncHook<[Step]>;
  /** The evaluations that this step works on (those postponed before, and this batch's), or `'postpone'`. */
  readonly window: WaterfallHook<[readonly Evaluation[] | 'postpone', Step]>;
  /** When the plan is made, at inject and at use: changes the list of update groups. */
  readonly groups: WaterfallHook<[readonly Group[]]>;
  /** Raw loss and gradients of a phase. */
  readonly evaluated: WaterfallHook<[Evaluated, Phase]>;
  /** After `evaluated`: a reason not to apply this step. */
  readonly skip: SyncBailHook<[Phase], Skip | undefined>;
  /** The gradients as the group will consume them. */
  readonly gradients: WaterfallHook<[WeightMap, Phase]>;
  /** After a phase has written. */
  readonly afterPhase: SyncHook<[Phase]>;
  /** Completed steps only, after the commit. */
  readonly afterStep: SyncHook<[Step]>;
  /** Every batch that did not throw: closes what `beforeStep` opened. */
  readonly afterBatch: SyncHook<[Step, Outcome]>;
  /** Which weights evaluation sees, where not the training weights. */
  readonly evaluationWeights: SyncBailHook<[EvaluationPurpose], WeightMap | undefined>;
  /** Awaited by `fit`, `fitDataset` and `trainOnBatch`: the one place for asynchronous work. */
  readonly boundary: AsyncSeriesHook<[Boundary]>;
  /** Everything is given back. */
  readonly eject: SyncHook<[]>;
}

export function createHooks(): Hooks {
  const hooks: Hooks = {
    learningRate: new SyncWaterfallHook(['rate', 'step']),
    beforeStep: new SyncHook(['step']),
    window: new SyncWaterfallHook(['evaluations', 'step']),
    groups: new SyncWaterfallHook(['groups']),
    evaluated: new SyncWaterfallHook(['evaluated', 'phase']),
    skip: new SyncBailHook(['phase']),
    gradients: new SyncWaterfallHook(['gradients', 'phase']),
    afterPhase: new SyncHook(['phase']),
    afterStep: new SyncHook(['step']),
    afterBatch: new SyncHook(['step', 'outcome']),
    evaluationWeights: new SyncBailHook(['purpose']),
    boundary: new AsyncSeriesHook(['boundary']),
    eject: new SyncHook(),
  };
  for (const [name, hook] of Object.entries(hooks) as [string, AnyHook][]) {
    interpretCalls(hook, kindOf(hook));
    checkTaps(name, hook);
  }
  return Object.freeze(hooks);
}

function kindOf(hook: AnyHook): HookKind {
  if (hook.constructor === SyncWaterfallHook) return 'waterfall';
  return hook.constructor === SyncBailHook ? 'bail' : 'series';
}

type TapOptions = string | {readonly name: string; readonly stage?: number};

type AnyHook = Hook<unknown[], unknown> & {
  tapAsync(options: TapOptions, fn: unknown): void;
  tapPromise(options: TapOptions, fn: unknown): void;
  _resetCompilation(): void;
};

/** Refuses what would only be seen in mid-step, or never: a stage that is no number, a function that waits, a result of another kind. */
function checkTaps(hookName: string, hook: AnyHook): void {
  const refuse = (tap: string): never => {
    throw new InjectError(
      'ASYNC_TAP',
      `hook '${hookName}' runs inside the step and takes synchronous functions only; received an asynchronous ` +
        `one from '${tap}'. Asynchronous work belongs into the hook 'boundary'`,
    );
  };
  const check = checkOf(hookName);
  // Not by an interceptor: with one, tapable takes every hook for used.
  const {tap, tapAsync, tapPromise} = hook;
  hook.tap = (options, fn) => {
    const name = requireTap(hookName, options, fn);
    if (hookName === 'boundary') return tap.call(hook, options, fn);
    // A step cannot wait: an async function tapped on it would run on, unawaited, and its error would be lost.
    if (fn.constructor.name === 'AsyncFunction') refuse(name);
    tap.call(hook, options, (...args: unknown[]) => {
      const result = fn(...args) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function') {
        result.then(undefined, () => {});
        refuse(name);
      }
      check?.(result, args, name);
      return result;
    });
  };
  const later =
    (native: typeof tapAsync): typeof tapAsync =>
    (options, fn) => {
      const name = requireTap(hookName, options, fn);
      if (hookName !== 'boundary') refuse(name);
      native.call(hook, options, fn);
    };
  hook.tapAsync = later(tapAsync);
  hook.tapPromise = later(tapPromise);
}

/** @returns who taps. */
function requireTap(hookName: string, options: TapOptions, fn: unknown): string {
  const isText = typeof options === 'string';
  const {name, stage} = isText ? {name: options, stage: 0} : (options ?? {});
  const must = (text: string, received: unknown): never => {
    throw new InjectError(
      'INVALID_OPTION',
      `a tap of hook '${hookName}' must have ${text}; received ${shown(received)}`,
    );
  };
  if (typeof name !== 'string' || name === '') must('a name', name);
  if (!isText && 'stage' in options && !Number.isFinite(stage))
    must(`a finite number as its stage, such as one of 'stages'`, stage);
  if (typeof fn !== 'function') must('a function', fn);
  return name!;
}

/**
 * Remembers the taps as they are, and returns a function that puts them back:
 * for a plugin whose `apply` throws half-way. tapable itself has no untap.
 */
export function rememberTaps(hooks: Hooks): () => void {
  const remembered = (Object.values(hooks) as AnyHook[]).map(hook => [hook, hook.taps.slice()] as const);
  return () => {
    for (const [hook, taps] of remembered) {
      hook.taps = [...taps];
      hook._resetCompilation();
    }
  };
}
