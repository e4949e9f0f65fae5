import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs';
import {join} from 'node:path';
import type {Counts, ImageSet, Images} from './images.js';

const size = 32;
const classes = 10;
const plane = size * size;
/** One byte of label, and one for each pixel's red, then green, then blue. */
const recordBytes = 1 + 3 * plane;

const trainFiles = [1, 2, 3, 4].map(number => `data_batch_${number}.bin`);
const validationFile = 'data_batch_5.bin';
const testFile = 'test_batch.bin';

/**
 * Reads the first images of CIFAR-10's binary files.
 *
 * @throws RangeError where a file is missing, is no whole number of records, holds too few of them, or a label that is none.
 */
export function readCifar10(folder: string, counts: Counts): Images {
  const shares = trainFiles.map(
    (_, i) =>
      Math.floor(((i + 1) * counts.train) / trainFiles.length) -
      Math.floor((i * counts.train) / trainFiles.length),
  );
  const first = (file: string, count: number) => firstImages(join(folder, file), count);
  return {
    train: joined(trainFiles.map((file, i) => first(file, shares[i]!))),
    validation: first(validationFile, counts.validation),
    test: first(testFile, counts.test),
    size,
    classes,
  };
}

function firstImages(path: string, count: number): ImageSet {
  const bytes = firstRecords(path, count);
  const pixels = new Float32Array(count * plane * 3);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const record = bytes.subarray(i * recordBytes, (i + 1) * recordBytes);
    labels[i] = record[0]!;
    if (record[0]! >= classes)
      throw new RangeError(
        `labels of CIFAR-10 must be 0 to 9; received ${record[0]} in image ${i} of ${path}`,
      );
    for (let pixel = 0; pixel < plane; pixel++)
      for (let channel = 0; channel < 3; channel++)
        pixels[(i * plane + pixel) * 3 + channel] = record[1 + channel * plane + pixel]! / 255 - 0.5;
  }
  return {pixels, labels};
}

function firstRecords(path: string, count: number): Uint8Array {
  if (!existsSync(path)) throw new RangeError(`CIFAR-10's binary files must be there; received no ${path}`);
  const file = openSync(path, 'r');
  try {
    const {size: total} = fstatSync(file);
    if (total % recordBytes !== 0)
      throw new RangeError(
        `a file of CIFAR-10 must be records of ${recordBytes} bytes; received ${total} bytes in ${path}`,
      );
    const records = total / recordBytes;
    if (records < count)
      throw new RangeError(
        `a file of CIFAR-10 must hold at least ${count} images; received ${records} in ${path}`,
      );
    const bytes = new Uint8Array(count * recordBytes);
    for (let at = 0; at < bytes.length; ) at += readSync(file, bytes, at, bytes.length - at, at);
    return bytes;
  } finally {
    closeSync(file);
  }
}

function joined(sets: readonly ImageSet[]): ImageSet {
  const count = sets.reduce((sum, {labels}) => sum + labels.length, 0);
  const all = {pixels: new Float32Array(count * plane * 3), labels: new Uint8Array(count)};
  let at = 0;
  for (const {pixels, labels} of sets) {
    all.pixels.set(pixels, at * plane * 3);
    all.labels.set(labels, at);
    at += labels.length;
  }
  return all;
}
