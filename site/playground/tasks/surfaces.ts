import * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayersModel, layers, sequential} from '@tensorflow/tfjs-layers';
import type {Problem, Task} from './task.js';

type Scalar = tf.Tensor;

/** A function of two weights, elementwise over two tensors. */
export interface Surface {
  readonly title: string;
  readonly start: readonly [x: number, y: number];
  /** What is drawn of it. */
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
  readonly minima: readonly (readonly [x: number, y: number])[];
  readonly value: (x: Scalar, y: Scalar, t: typeof tf) => Scalar;
}

export const surfaces: Readonly<Record<string, Surface>> = {
  ravine: {
    title: 'Ravine: a bowl, 50 times steeper one way',
    start: [-4, 1],
    x: [-5, 5],
    y: [-2, 2],
    minima: [[0, 0]],
    value: (x, y, t) => t.add(t.mul(0.5, t.square(x)), t.mul(25, t.square(y))),
  },
  rosenbrock: {
    title: 'Rosenbrock’s bent valley',
    start: [-1.5, 1.5],
    x: [-2, 2],
    y: [-1, 3],
    minima: [[1, 1]],
    value: (x, y, t) => t.add(t.square(t.sub(1, x)), t.mul(100, t.square(t.sub(y, t.square(x))))),
  },
  himmelblau: {
    title: 'Himmelblau’s four minima',
    start: [0, -0.5],
    x: [-5, 5],
    y: [-5, 5],
    minima: [
      [3, 2],
      [-2.805118, 3.131312],
      [-3.77931, -3.283186],
      [3.584428, -1.848126],
    ],
    value: (x, y, t) =>
      t.add(t.square(t.sub(t.add(t.square(x), y), 11)), t.square(t.sub(t.add(x, t.square(y)), 7))),
  },
  saddle: {
    title: 'A saddle between two minima',
    start: [-0.01, 1.5],
    x: [-2, 2],
    y: [-2, 2],
    minima: [
      [1, 0],
      [-1, 0],
    ],
    value: (x, y, t) =>
      t.add(t.square(y), t.sub(t.mul(0.25, t.square(t.square(x))), t.mul(0.5, t.square(x)))),
  },
  rastrigin: {
    title: 'Rastrigin’s many minima',
    start: [2.6, -1.6],
    x: [-4, 4],
    y: [-4, 4],
    minima: [[0, 0]],
    value: (x, y, t) => {
      const one = (z: Scalar) => t.sub(t.square(z), t.mul(10, t.cos(t.mul(2 * Math.PI, z))));
      return t.add(20, t.add(one(x), one(y)));
    },
  },
};

/** Where the weights are at each evaluation of the loss, while somebody looks. */
export const visits: {at: ((point: tf.Tensor) => void) | undefined} = {at: undefined};

class SurfaceLayer extends layers.Layer {
  static readonly className = 'Surface';
  private point!: ReturnType<SurfaceLayer['addWeight']>;

  constructor(
    private readonly surface: Surface,
    private readonly values: readonly number[],
  ) {
    super({});
  }

  override build(): void {
    const ones = initializers.constant({value: 1});
    this.point = this.addWeight('point', [2], 'float32', ones);
    tf.tidy(() => void this.point.write(tf.tensor1d([...this.values])));
    this.built = true;
  }

  override computeOutputShape(): number[] {
    return [null as unknown as number, 1];
  }

  /** The surface's height, and for each row a slope of its own. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const point = this.point.read();
      visits.at?.(point);
      const [x, y] = tf.split(point, 2) as [tf.Tensor, tf.Tensor];
      const noise = Array.isArray(inputs) ? inputs[0]! : inputs;
      const slopes = tf.matMul(noise as tf.Tensor2D, tf.reshape(point, [2, 1]));
      return tf.add(slopes, this.surface.value(x, y, tf));
    });
  }

  override getClassName(): string {
    return SurfaceLayer.className;
  }
}

const meanOf = (_: tf.Tensor, predicted: tf.Tensor) => tf.mean(predicted, -1);

export const surfaceTask = (surface: Surface): Task => ({
  title: surface.title,
  view: 'surface',
  fields: [
    {name: 'x', label: 'Start, x', start: surface.start[0], min: surface.x[0], max: surface.x[1]},
    {name: 'y', label: 'Start, y', start: surface.start[1], min: surface.y[0], max: surface.y[1]},
    {name: 'noise', label: 'Noise of a row’s gradient', start: 0, min: 0},
  ],
  make({x, y, noise}, seed): Problem {
    const start = [Number(x), Number(y)];
    return {
      xs: noiseOf(Number(noise), seed),
      ys: tf.zeros([rows, 1]),
      loss: meanOf,
      makeModel: (): LayersModel => {
        const model = sequential();
        model.add(layers.inputLayer({inputShape: [2]}));
        model.add(new SurfaceLayer(surface, start));
        return model;
      },
    };
  },
});

const rows = 256;

/** Slopes of no mean, so that the surface's minima stay where they are. */
function noiseOf(size: number, seed: number): tf.Tensor {
  return tf.tidy(() => {
    const slopes = tf.randomNormal([rows, 2], 0, size, 'float32', seed);
    return tf.sub(slopes, tf.mean(slopes, 0));
  });
}

/** The heights over a grid, row by row from the lowest y. */
export async function heightsOf(
  {x, y, value}: Surface,
  columns: number,
  lines: number,
): Promise<Float32Array> {
  const heights = tf.tidy(() => {
    const across = tf.tile(tf.reshape(tf.linspace(x[0], x[1], columns), [1, columns]), [lines, 1]);
    const up = tf.tile(tf.reshape(tf.linspace(y[0], y[1], lines), [lines, 1]), [1, columns]);
    return value(across, up, tf);
  });
  try {
    return (await heights.data()) as Float32Array;
  } finally {
    heights.dispose();
  }
}
