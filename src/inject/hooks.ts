import type {Scalar, Tensor} from '@tensorflow/tfjs-core';
import {AsyncSeriesHook, type Hook, SyncBailHook, SyncHook, SyncWaterfallHook} from 'tapable';
import {InjectError} from '../errors.js';
import type {UpdateGroup} from '../rules/updateGroup.js';
import type {Evaluation} from './evaluation.js';
import type {Phase} from './phase.js';
import type {Step} from './step.js';
import type {WeightMap} from './weight.js';

/** A loss and its gradients, averaged over the step's evaluations. */
export interface Evaluated {
  readonly loss: Scalar;
  readonly gradients: WeightMap;
}

/** What became of a batch. */
export type Outcome = 'applied' | 'postponed' | 'skipped';

/** Why a step is not to be applied, and whether training goes on. */
export interface Skip {
  readonly reason: string;
  readonly action: 'rollback' | 'stop';
}

/** What the evaluation weights are asked for. */
export type EvaluationPurpose = 'validate' | 'evaluate' | 'predict' | 'save' | 'rest';

/** A place between batches, where asynchronous work is awaited. */
export interface Boundary {
  readonly kind: 'batch' | 'epoch' | 'train';
  /** What `fit` reports; entries written here reach the user's callbacks and History. */
  readonly logs: Record<string, number | Tensor>;
  /** Ends `fit` after this batch or epoch. */
  stop(): void;
}

/** Where plugins join in; docs and design describe when each is called. */
export interface Hooks {
  readonly learningRate: SyncWaterfallHook<[number, Step]>;
  readonly beforeStep: SyncHook<[Step]>;
  readonly window: SyncWaterfallHook<[readonly Evaluation[] | 'postpone', Step]>;
  readonly groups: SyncWaterfallHook<[readonly UpdateGroup[]]>;
  readonly evaluated: SyncWaterfallHook<[Evaluated, Phase]>;
  readonly skip: SyncBailHook<[Phase], Skip>;
  readonly gradients: SyncWaterfallHook<[WeightMap, Phase]>;
  readonly afterPhase: SyncHook<[Phase]>;
  readonly afterStep: SyncHook<[Step]>;
  readonly afterBatch: SyncHook<[Step, Outcome]>;
  readonly evaluationWeights: SyncBailHook<[EvaluationPurpose], WeightMap>;
  readonly boundary: AsyncSeriesHook<[Boundary]>;
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
    if (name !== 'boundary') refuseAsync(name, hook);
  }
  return Object.freeze(hooks);
}

type AnyHook = Hook<unknown[], unknown> & {tapAsync: unknown; tapPromise: unknown; _resetCompilation(): void};

/** A step cannot wait: an async function tapped on it would run on, unawaited, and its error would be lost. */
function refuseAsync(hookName: string, hook: AnyHook): void {
  const refuse = (tap: string): never => {
    throw new InjectError(
      'ASYNC_TAP',
      `hook '${hookName}' runs inside the step and takes synchronous functions only; received an asynchronous ` +
        `one from '${tap}'. Asynchronous work belongs into the hook 'boundary'`,
    );
  };
  hook.intercept({
    register(tap) {
      const {fn, name} = tap;
      if (fn.constructor.name === 'AsyncFunction') refuse(name);
      const checked = (...args: unknown[]) => {
        const result = fn(...args);
        if (typeof result?.then !== 'function') return result;
        result.then(undefined, () => {});
        return refuse(name);
      };
      return {...tap, fn: checked};
    },
  });
  hook.tapAsync = hook.tapPromise = (options: string | {name: string}) =>
    refuse(typeof options === 'string' ? options : options.name);
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
