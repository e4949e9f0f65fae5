import type {Weight} from './weight.js';

/** One completed move of the optimizer, as hooks see it while it is made. */
export interface Step {
  /** Number of the step being taken: 1 for the first. */
  readonly iterations: number;
  /** The optimizer's weights; frozen ones among them. In a hand-written loop, those of this call. */
  readonly weights: readonly Weight[];
  /** @internal As a foreign optimizer is given them, where that is another list. */
  readonly listed?: readonly Weight[];
  /** Weights that somebody else (a `setWeights`, a callback) wrote since the injection last did; in a loop also of other calls. */
  readonly written: ReadonlySet<Weight>;
  /** The step's learning rate, after schedules. `NaN` where a foreign optimizer has none. */
  readonly learningRate: number;
  /** Whether this is the end of training: the window holds what was postponed, and no new batch. */
  readonly isFinal: boolean;
}
