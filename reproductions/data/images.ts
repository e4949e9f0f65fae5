import type {Effort} from '../experiment.js';
import {readCifar10} from './cifar10.js';
import {generatedImages} from './generatedImages.js';

/** Colour images of one size: pixels row by row, each with its red, green and blue. */
export interface ImageSet {
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export interface Images {
  readonly train: ImageSet;
  /** By which settings are chosen. */
  readonly validation: ImageSet;
  /** By which results are told. */
  readonly test: ImageSet;
  readonly size: number;
  readonly classes: number;
}

export type Counts = Readonly<Record<'train' | 'validation' | 'test', number>>;

/** How many images of each kind are used, generated or read. */
export const countsOf = ({isQuick}: Effort): Counts =>
  isQuick ? {train: 64, validation: 50, test: 50} : {train: 2048, validation: 1000, test: 2000};

const known = new Map<string, Images>();

/** The images that an experiment trains on: a user's CIFAR-10, or generated ones. They are made once in a process. */
export function imagesOf(effort: Effort): Images {
  const {cifar10} = effort;
  const counts = countsOf(effort);
  const key = JSON.stringify({cifar10, counts});
  let images = known.get(key);
  if (!images) {
    images = cifar10 === undefined ? generatedImages(counts) : readCifar10(cifar10, counts);
    known.set(key, images);
  }
  return images;
}

/** A sentence of what they are. */
export function describeImages(effort: Effort): string {
  const {train, validation, test} = countsOf(effort);
  const numbers = `${shown(train)} to train on, ${shown(validation)} to choose settings by, ${shown(test)} to tell results by`;
  return effort.cifar10 === undefined
    ? `The images are generated: ten shapes on 12 × 12 pixels, of random size, place and colours, with a line of a third colour through them and noise; ${numbers}.`
    : `The images are of CIFAR-10, the first of each file: ${numbers}.`;
}

const shown = (count: number) => count.toLocaleString('en');
