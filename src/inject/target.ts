import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Captured} from './journal.js';
import type {Weight} from './weight.js';

/** What is being trained, as far as a step must know it: a LayersModel, or bare variables. */
export interface Target {
  /** All weights that the optimizer is given, always in the same order; frozen ones among them. */
  readonly weights: readonly Weight[];
  /** Whether layers hold state that one evaluation moves, captured as it is now. */
  captureState(): LayerState;
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
  /** Puts back what layers have averaged: all weights that are not trained. */
  restoreStatistics(): void;
  /** Runs `body` from the captured state, and leaves the present state as it was; or, if asked to, the averages as `body` left them. */
  replay<T>(body: () => T, keepsStatistics?: boolean): T;
}

/** One call of the train function: what `fit`, `fitDataset` or `trainOnBatch` hands over at once. */
export interface Batch {
  readonly loss: () => tf.Scalar;
  readonly rows: number;
  /** Frees the batch's data, where it was kept for later phases. */
  readonly release?: () => void;
  /** The same rows in pieces of at most so many; `undefined` where the batch cannot be cut. */
  readonly split?: (rows: number) => readonly Batch[] | undefined;
}
