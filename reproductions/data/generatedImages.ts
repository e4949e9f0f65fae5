import {seededSource} from '../../src/inject/randomness.js';
import type {Counts, ImageSet, Images} from './images.js';
import {normal} from './random.js';
import {shapes} from './shapes.js';

const size = 12;
const noise = 0.05;
/** The least distance of the colours of shape and ground. Grey has none further than √¾ away. */
const contrast = 0.7;

type Colour = readonly [number, number, number];

/** Images of ten shapes, always the same ones. What the three sets hold is drawn independently. */
export function generatedImages(counts: Counts): Images {
  return {
    train: imageSet(counts.train, 1),
    validation: imageSet(counts.validation, 2),
    test: imageSet(counts.test, 3),
    size,
    classes: shapes.length,
  };
}

/** As many of each class, up to one. */
function imageSet(count: number, seed: number): ImageSet {
  const random = seededSource(seed);
  const pixels = new Float32Array(count * size * size * 3);
  const labels = Uint8Array.from({length: count}, (_, i) => i % shapes.length);
  labels.forEach((label, i) => {
    draw(pixels.subarray(i * size * size * 3, (i + 1) * size * size * 3), label, random);
  });
  return {pixels, labels};
}

function draw(pixels: Float32Array, label: number, random: () => number): void {
  const covers = shapes[label]!;
  const ground = colour(random);
  const ink = colourUnlike(ground, random);
  const line = colour(random);
  const half = 4 + 1.5 * random();
  const [x, y] = [placeFor(half, random), placeFor(half, random)];
  const isOnLine = lineThrough(random);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [u, v] = [(column + 0.5 - x) / half, (row + 0.5 - y) / half];
      const isCovered = Math.max(Math.abs(u), Math.abs(v)) <= 1 && covers(u, v);
      const shown = isOnLine(column, row) ? line : isCovered ? ink : ground;
      const at = (row * size + column) * 3;
      shown.forEach((value, channel) => {
        pixels[at + channel] = value - 0.5 + noise * normal(random);
      });
    }
}

/** A line one pixel wide from border to border, which belongs to no class. */
function lineThrough(random: () => number): (column: number, row: number) => boolean {
  const angle = Math.PI * random();
  const [a, b] = [Math.cos(angle), Math.sin(angle)];
  const distance = (random() - 0.5) * size;
  return (column, row) => Math.abs(a * (column - size / 2) + b * (row - size / 2) - distance) < 0.5;
}

const placeFor = (half: number, random: () => number) => half + (size - 2 * half) * random();

const colour = (random: () => number): Colour => [random(), random(), random()];

function colourUnlike(other: Colour, random: () => number): Colour {
  for (;;) {
    const found = colour(random);
    if (Math.hypot(...found.map((value, i) => value - other[i]!)) >= contrast) return found;
  }
}
