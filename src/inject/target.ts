import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Captured} from './journal.js';
import type {Mismatches, Saved} from './saved.js';
import type {Weight} from './weight.js';

/** What is being trained, as far as a step must know it: a LayersModel, or bare variables. */
export interface Target {
  /** All weights that the optimizer is given, each once and always in the same order; frozen ones among them. Of a loop, those of all calls so far. */
  readonly weights: readonly Weight[];
  /** Those of the coming step: of a loop, of this call. */
  readonly stepped: readonly Weight[];
  /** The same in TensorFlow.js's own list, which may have one more than once: its optimizers then update that as often. */
  readonly listed: readonly Weight[];
  /** Those, and the ones that are not trained: statistics, layers frozen at compile. */
  readonly allWeights: readonly Weight[];
  /** In a hand-written loop that has not begun: takes the variables of these names for its weights. */
  adopt?(keys: readonly string[]): void;
  /** Whether layers hold state that one evaluation moves, captured as it is now. */
  captureState(): LayerState;
  /** What keeps `putState` from taking this. */
  stateMismatches(saved: Saved): Mismatches;
  /** Gives layers the state that `LayerState.save` has given. */
  putState(saved: Saved): void;
  /** Runs a loss evaluation that reports no metrics. */
  silently<T>(body: () => T): T;
  /** Ends the running `fit` after this batch; a hand-written loop must ask. */
  stop(): void;
  readonly isStopped: boolean;
  /** The model, where it is one. */
  readonly layersModel?: LayersModel;
}

/** The state of layers (moving statistics, RNN states, counters of random layers) at one moment. */
export interface LayerState extends Captured {
  /** As a file can hold it; of the weights only those that have changed since. */
  save(): Saved;
  /** Puts back what layers have averaged: all weights that are not trained. */
  restoreStatistics(): void;
  /** Runs `body` from the captured state, and leaves the present state as it was; or, if asked to, the averages as `body` left them. */
  replay<T>(body: () => T, keepsStatistics?: boolean): T;
}

/** One call of the train function: what `fit`, `fitDataset` or `trainOnBatch` hands over at once. */
export interface Batch {
  readonly loss: () => tf.Scalar;
  readonly rows: number;
  /** What the train function was given, in its order, where it is kept for later phases. */
  readonly data?: readonly (tf.Tensor | null)[];
  /** Frees the batch's data, where it was kept for later phases. */
  readonly release?: () => void;
  /** The same rows in pieces of at most so many; `undefined` where the batch cannot be cut. */
  readonly split?: (rows: number) => readonly Batch[] | undefined;
}
