import type * as tf from '@tensorflow/tfjs-core';
import type {Weight} from './weight.js';

/** What is being trained, as far as a step must know it: a LayersModel, or bare variables. */
export interface Target {
  /** All weights that the optimizer is given, always in the same order; frozen ones among them. */
  readonly weights: readonly Weight[];
  /** Whether layers hold state that one evaluation moves, captured as it is now. */
  captureState(): LayerState;
  /** Runs a loss evaluation that reports no metrics. */
  silently<T>(body: () => T): T;
  /** Ends the running `fit` after this batch. */
  stop(): void;
}

/** The state of layers (moving statistics, RNN states, counters of random layers) at one moment. */
export interface LayerState {
  /** Puts the captured state back and disposes of what came since. */
  restore(): void;
  /** Runs `body` from the captured state, and leaves the present state as it was. */
  replay<T>(body: () => T): T;
  release(): void;
}

/** One call of the train function: what `fit`, `fitDataset` or `trainOnBatch` hands over at once. */
export interface Batch {
  readonly loss: () => tf.Scalar;
  readonly rows: number;
  /** Frees the batch's data, where it was kept for later phases. */
  readonly release?: () => void;
}
