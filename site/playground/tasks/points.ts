import * as tf from '@tensorflow/tfjs-core';
import {denseModel} from './denseModel.js';
import type {Points, Problem, Task} from './task.js';

/** Where a class lies, by how far along it one is, from 0 to 1. */
type Shape = (share: number, label: number) => [x: number, y: number];

const spirals: Shape = (share, label) => {
  const angle = share * 3.5 * Math.PI + label * Math.PI;
  const radius = 0.1 + 0.85 * share;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
};

const moons: Shape = (share, label) => {
  const [x, y] = [0.6 * Math.cos(share * Math.PI), 0.6 * Math.sin(share * Math.PI)];
  return label === 0 ? [x - 0.3, y - 0.15] : [0.3 - x, 0.15 - y];
};

const rows = 256;

function pointsOf(shape: Shape, noise: number, seed: number): Points {
  const moved = tf.tidy(() =>
    tf.randomNormal([rows, 2], 0, noise, 'float32', seed).arraySync(),
  ) as number[][];
  const labels = moved.map((_, i) => i % 2);
  const at = moved.map(([dx, dy], i): [number, number] => {
    const [x, y] = shape(((i >> 1) + 0.5) / (rows / 2), labels[i]!);
    return [x + dx!, y + dy!];
  });
  return {at, labels};
}

const pointsTask = (title: string, shape: Shape, noise: number): Task => ({
  title,
  view: 'boundary',
  fields: [
    {name: 'noise', label: 'Noise of the points', start: noise, min: 0, max: 1},
    {name: 'units', label: 'Units of each hidden layer', start: 16, min: 1, max: 256},
  ],
  make(options, seed): Problem {
    const points = pointsOf(shape, Number(options.noise), seed);
    return {
      points,
      xs: tf.tensor2d(points.at.map(point => [...point])),
      ys: tf.tensor2d([...points.labels], [rows, 1]),
      loss: 'binaryCrossentropy',
      makeModel: () =>
        denseModel({inputs: 2, units: Number(options.units), outputs: 1, activation: 'sigmoid', seed}),
    };
  },
});

export const spiralsTask = pointsTask('Two spirals', spirals, 0.02);
export const moonsTask = pointsTask('Two moons', moons, 0.08);
