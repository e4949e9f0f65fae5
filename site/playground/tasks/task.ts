import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

/** An option of a task, as a form shows it. */
export interface TaskField {
  readonly name: string;
  readonly label: string;
  readonly start: number | string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** A text of many lines. */
  readonly isLong?: true;
}

export interface Problem {
  readonly xs: tf.Tensor;
  readonly ys: tf.Tensor;
  readonly loss: string | ((truth: tf.Tensor, predicted: tf.Tensor) => tf.Tensor);
  /** What a boundary is drawn around. */
  readonly points?: Points;
  /** Not compiled, and the same at each call. */
  makeModel(): LayersModel;
}

/** Points of two classes in a plane, each coordinate within about −1 and 1. */
export interface Points {
  readonly at: readonly (readonly [x: number, y: number])[];
  readonly labels: readonly number[];
}

/** Something to be trained. */
export interface Task {
  readonly title: string;
  readonly fields: readonly TaskField[];
  /** What is drawn beside the curves. */
  readonly view: 'surface' | 'boundary' | 'none';
  /** @throws TypeError where the user's data is not what it must be. */
  make(options: Readonly<Record<string, number | string>>, seed: number): Problem;
}
