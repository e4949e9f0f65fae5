import * as tf from '@tensorflow/tfjs-core';
import Papa from 'papaparse';
import {denseModel} from './denseModel.js';
import type {Problem, Task} from './task.js';

/** A table's features, each of mean 0 and deviation 1, and what is to be told from them. */
export interface Table {
  readonly features: readonly (readonly number[])[];
  /** Numbers, where the last column has only such; else the classes by their place in `classes`. */
  readonly targets: readonly number[];
  readonly classes: readonly string[] | undefined;
}

/**
 * Reads a table whose first line names its columns, and whose last column is to be told from the others. A column of other
 * than numbers becomes one column for each of its values.
 *
 * @throws TypeError where it is no such table.
 */
export function tableOf(text: string): Table {
  const {data, errors} = Papa.parse<string[]>(text.trim(), {skipEmptyLines: true});
  const fault = errors.find(({code}) => code !== 'UndetectableDelimiter');
  if (fault) throw new TypeError(`CSV: ${fault.message} (line ${(fault.row ?? 0) + 1})`);
  const [names = [], ...lines] = data;
  if (names.length < 2 || lines.length < 2)
    throw new TypeError(
      `CSV must have a line of names, two columns or more and two rows or more; received ${names.length} columns and ${lines.length} rows`,
    );
  for (const [i, line] of lines.entries())
    if (line.length !== names.length)
      throw new TypeError(
        `CSV: each line must have ${names.length} fields; line ${i + 2} has ${line.length}`,
      );
  const columns = names.map((_, i) => lines.map(line => line[i]!.trim()));
  const last = columns.pop()!;
  const classes = areNumbers(last) ? undefined : [...new Set(last)].sort();
  return {
    features: transposed(columns.flatMap(featuresOf)),
    targets: classes ? last.map(each => classes.indexOf(each)) : standardized(last.map(Number)),
    classes,
  };
}

function featuresOf(column: readonly string[]): number[][] {
  if (areNumbers(column)) return [standardized(column.map(Number))];
  const values = [...new Set(column)].sort();
  if (values.length > 20)
    throw new TypeError(
      `CSV: a column of words must have at most 20 different ones; received ${values.length}, such as ${values[0]}`,
    );
  return values.map(value => column.map(each => (each === value ? 1 : 0)));
}

const areNumbers = (column: readonly string[]) =>
  column.every(each => each !== '' && Number.isFinite(Number(each)));

function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map(value => (value - mean) / (Math.sqrt(variance) || 1));
}

const transposed = (columns: readonly number[][]) =>
  columns[0]!.map((_, i) => columns.map(column => column[i]!));

/** Petal and sepal would be somebody else's data: this table is made of a rule, and says which. */
const sample = [
  'length,width,colour,price',
  ...Array.from({length: 60}, (_, i) => {
    const [length, width] = [1 + (i % 10), 1 + (i % 6)];
    const colour = ['red', 'green'][i % 2]!;
    return `${length},${width},${colour},${2 * length + width * width + (colour === 'red' ? 5 : 0)}`;
  }),
].join('\n');

export const csvTask: Task = {
  title: 'Your own table (CSV)',
  view: 'none',
  fields: [
    {
      name: 'text',
      label: 'A line of column names, then rows; the last column is to be told from the others',
      start: sample,
      isLong: true,
    },
    {name: 'units', label: 'Units of each hidden layer', start: 16, min: 1, max: 256},
  ],
  make({text, units}, seed): Problem {
    const {features, targets, classes} = tableOf(String(text));
    const inputs = features[0]!.length;
    const outputs = classes?.length ?? 1;
    return {
      xs: tf.tensor2d(features.map(row => [...row])),
      ys: classes
        ? tf.tidy(() => tf.oneHot(tf.tensor1d([...targets], 'int32'), outputs))
        : tf.tensor2d([...targets], [targets.length, 1]),
      loss: classes ? 'categoricalCrossentropy' : 'meanSquaredError',
      makeModel: () =>
        denseModel({inputs, units: Number(units), outputs, activation: classes ? 'softmax' : 'linear', seed}),
    };
  },
};
