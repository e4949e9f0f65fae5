import * as tf from '@tensorflow/tfjs-core';
import {type FitCallback, offerEarly, withdraw} from './earlyCallback.js';
import {hold} from './hold.js';
import type {EvaluationPurpose, FitStart} from './hooks.js';
import {fitLoopArguments, hasStatefulLayers, type ModelInsides, type TrainFunction} from './layersModel.js';
import {Pieces} from './pieces.js';
import type {SeededOrder} from './seededOrder.js';
import type {Batch} from './target.js';

/** What is known of the batches of a `fit` or `fitDataset`. */
export interface FitPlan {
  /** Of `fit` with a seed. */
  readonly order?: SeededOrder | undefined;
  /** Of a dataset, which may have fewer. */
  readonly batchesPerEpoch?: number | undefined;
}

interface FitDatasetOptions extends Pick<FitPlan, 'batchesPerEpoch'> {
  readonly callbacks?: unknown;
  readonly initialEpoch?: number;
}

/** What the seam calls; the injection is it. */
export interface Driver {
  /**
   * Before each training call; throws where it must not go on. `isChecked`: whether tfjs itself has just compared the
   * number of trainable weights with that at compile, which only `fit` does.
   */
  beginTraining(isChecked: boolean): void;
  /** Takes one batch and returns its loss. */
  take(batch: Batch): tf.Scalar;
  /** Whether a batch must outlive the train function. */
  keepsBatches(): boolean;
  evaluate<T>(purpose: EvaluationPurpose, body: () => T): T;
  /** Runs the native save, and frees what it leaves. */
  saving<T>(body: () => Promise<T>): Promise<T>;
  /** After `fit` and `fitDataset`, whether they succeeded or not. */
  endTraining(): void;
  /** Before the first batch of `fit` and `fitDataset`: may move `start` on. */
  beginFit(start: FitStart): Promise<void>;
  /** Whether the coming batch is passed over; of so many rows. */
  passesOver(rows: number): boolean;
  /** The order in which `fit` takes its rows, where it follows from a seed. */
  orderOf(data: readonly (tf.Tensor | null)[]): SeededOrder | undefined;
  /** What `fit` must await between batches, or nothing. */
  callback(plan: FitPlan): FitCallback | undefined;
  afterBatch(logs: number | number[]): Promise<void>;
  /** After a Sequential's `compile`, which makes a new inner model. */
  recompiled(): void;
  dispose(): void;
}

/** What stands between a model and its train function. */
export interface Seam {
  /** A batch of data that is kept: the loss that the native train function makes of it. The batch owns the data. */
  batchOf(data: (tf.Tensor | null)[]): Batch;
  /** @param refusal what training the model throws from then on: made where the reason lies, as its stack shows. */
  close(refusal?: Error): void;
}

/**
 * Puts `driver` between a model and its train function, by methods of the
 * instance's own. The native functions do all the work they do without it.
 */
export function openSeam(outer: ModelInsides, inner: ModelInsides, driver: Driver): Seam {
  let isOpen = true;
  let refusal: Error | undefined;
  const closers: (() => void)[] = [];
  const override = <M extends object, K extends keyof M>(
    object: M,
    name: K,
    wrap: (native: (...args: never[]) => unknown) => (...args: never[]) => unknown,
  ) => {
    const native = object[name] as (...args: never[]) => unknown;
    const own = Object.getOwnPropertyDescriptor(object, name);
    const wrapped = wrap((...args) => native.apply(object, args));
    // Where somebody else has wrapped this function in turn, it stays and passes everything on.
    const value = (...args: never[]) => (isOpen ? wrapped(...args) : native.apply(object, args));
    Object.defineProperty(object, name, {value, configurable: true, writable: true, enumerable: false});
    closers.push(() => {
      if (Object.getOwnPropertyDescriptor(object, name)?.value !== value) return;
      if (own) Object.defineProperty(object, name, own);
      else delete (object as Partial<M>)[name];
    });
  };
  const makeTrainFunction = inner.makeTrainFunction.bind(inner);
  let isChecked = false;
  override(inner, 'checkTrainableWeightsConsistency', native => () => {
    native();
    isChecked = true;
  });
  override(inner, 'makeTrainFunction', native => () => {
    const wasChecked = isChecked;
    isChecked = false;
    driver.beginTraining(wasChecked);
    const train = native() as TrainFunction;
    return (data: (tf.Tensor | null)[]) => {
      if (refusal) throw refusal;
      return isOpen ? trainOn(inner, train, data, driver) : train(data);
    };
  });
  override(inner, 'makeTestFunction', native => () => {
    native();
    const test = inner.testFunction!;
    inner.testFunction = data => (isOpen ? driver.evaluate(purposeOf(inner), () => test(data)) : test(data));
  });
  override(
    inner,
    'testLoop',
    native =>
      (...args) =>
        driver.evaluate(purposeOf(inner), () => native(...args)),
  );
  override(
    inner,
    'predictLoop',
    native =>
      (...args) =>
        driver.evaluate('predict', () => native(...args)),
  );
  override(inner, 'fitLoop', native => async (...args) => {
    const at = fitLoopArguments;
    const list: unknown[] = [...args];
    const start = {epoch: (list[at.initialEpoch] as number | undefined) ?? 0, batch: 0};
    await driver.beginFit(start);
    list[at.initialEpoch] = start.epoch;
    const isShuffled = list[at.shuffle] === true || list[at.shuffle] == null;
    const order = isShuffled ? driver.orderOf(list[at.data] as (tf.Tensor | null)[]) : undefined;
    if (order) {
      list[at.shuffle] = false;
      list[at.train] = order.of(list[at.train] as TrainFunction);
    }
    const callback = driver.callback({order});
    if (callback) list[at.callbacks] = [offerEarly(inner, callback), ...(list[at.callbacks] as object[])];
    return native(...(list as never[]));
  });
  const trains =
    (native: (...args: never[]) => unknown) =>
    async (...args: never[]) => {
      try {
        return await native(...args);
      } finally {
        // Refused because another fit is under way: that one goes on.
        if (!inner.isTraining) withdraw(inner);
        if (isOpen && !inner.isTraining) driver.endTraining();
      }
    };
  override(inner, 'fit', trains);
  override(inner, 'fitDataset', native => {
    const fitDataset = trains(native);
    return async (dataset, args: FitDatasetOptions | undefined) => {
      // Without them, or in the middle of another fit, the native one complains.
      if (!args || inner.isTraining) return fitDataset(dataset, args as never);
      const start = {epoch: args.initialEpoch ?? 0, batch: 0};
      await driver.beginFit(start);
      const callback = driver.callback({batchesPerEpoch: args.batchesPerEpoch});
      const callbacks = callback ? withCallback(offerEarly(inner, callback), args.callbacks) : args.callbacks;
      return fitDataset(dataset, {...args, callbacks, initialEpoch: start.epoch} as never);
    };
  });
  override(inner, 'trainOnBatch', native => async (...args) => {
    const logs = (await native(...args)) as number | number[];
    if (isOpen) await driver.afterBatch(logs);
    return logs;
  });
  override(
    outer,
    'save',
    native =>
      (...args) =>
        driver.evaluate('save', () => driver.saving(() => native(...args) as Promise<unknown>)),
  );
  if (outer !== inner) {
    override(outer, 'compile', native => (...args) => {
      native(...args);
      driver.recompiled();
    });
  }
  for (const model of new Set([outer, inner])) {
    override(model, 'dispose', native => () => {
      driver.dispose();
      return native();
    });
  }

  return {
    batchOf: data => keptBatch(inner, makeTrainFunction(), data),
    close(reason) {
      isOpen = false;
      for (const close of closers.reverse()) close();
      if (!reason) return;
      refusal = reason;
      inner.makeTrainFunction = () => {
        throw reason;
      };
    },
  };
}

function purposeOf(model: ModelInsides): EvaluationPurpose {
  return model.isTraining ? 'validate' : 'evaluate';
}

/**
 * Runs the native train function with a stand-in for the optimizer, which
 * hands the loss to the driver. A throw is carried around the native function,
 * so that the metrics which it keeps can be disposed of.
 */
function trainOn(
  model: ModelInsides,
  train: TrainFunction,
  data: (tf.Tensor | null)[],
  driver: Driver,
): tf.Scalar[] {
  if (driver.passesOver(rowsOf(data))) return model.metricsNames.map(() => tf.scalar(0));
  const optimizer = model.optimizer_;
  const kept = driver.keepsBatches() ? data.map(tensor => tensor && hold(tensor)) : undefined;
  let pieces: Pieces | undefined;
  let failure: {error: unknown} | undefined;
  let isTaken = false;
  const standIn = {
    minimize: (loss: () => tf.Scalar): tf.Scalar | null => {
      model.optimizer_ = optimizer;
      isTaken = true;
      try {
        return driver.take({
          loss,
          rows: rowsOf(data),
          ...(kept && {data: kept, release: () => tf.dispose(kept as tf.Tensor[])}),
          split: most => {
            if (hasStatefulLayers(model)) return undefined;
            pieces ??= new Pieces(model, train, kept ?? data);
            return pieces.ofAtMost(most);
          },
        });
      } catch (error) {
        failure = {error};
        return null;
      }
    },
  };
  model.optimizer_ = standIn as unknown as tf.Optimizer;
  try {
    const results = train(kept ?? data);
    if (!failure) return pieces ? [...results, ...pieces.takeMetrics()] : results;
    for (const result of results) result?.dispose();
    throw failure.error;
  } finally {
    model.optimizer_ = optimizer;
    pieces?.dispose();
    if (kept && !isTaken) tf.dispose(kept as tf.Tensor[]);
  }
}

/** The loss alone: the train function makes it and hands it to the stand-in, which does not evaluate it. */
function keptBatch(model: ModelInsides, train: TrainFunction, data: (tf.Tensor | null)[]): Batch {
  const optimizer = model.optimizer_;
  let loss: (() => tf.Scalar) | undefined;
  const standIn = {
    minimize(closure: () => tf.Scalar) {
      loss = closure;
      return null;
    },
  };
  model.optimizer_ = standIn as unknown as tf.Optimizer;
  try {
    train(data);
  } finally {
    model.optimizer_ = optimizer;
  }
  const pieces = new Pieces(model, train, data);
  return {
    loss: loss!,
    rows: rowsOf(data),
    data,
    split: most => (hasStatefulLayers(model) ? undefined : pieces.ofAtMost(most)),
    release: () => tf.dispose(data as tf.Tensor[]),
  };
}

function rowsOf(data: readonly (tf.Tensor | null)[]): number {
  return data[0]?.shape[0] ?? 1;
}

/** Adds a callback to the front of what a user may give: nothing, plain objects, or instances of `tf.Callback`. */
function withCallback(callback: object, callbacks: unknown): unknown[] {
  const list = callbacks == null ? [] : Array.isArray(callbacks) ? callbacks : [callbacks];
  let prototype: object | undefined;
  if (typeof list[0]?.setModel === 'function') {
    // fitDataset tells instances by `instanceof BaseCallback`: ours becomes one by the user's own.
    prototype = list[0] as object;
    for (let next: object | null = prototype; next && next !== Object.prototype; ) {
      prototype = next;
      next = Object.getPrototypeOf(next) as object | null;
    }
  }
  return [prototype ? Object.assign(Object.create(prototype), callback) : callback, ...list];
}
