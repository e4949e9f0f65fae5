import type {BackendResult} from '../results.js';
import {draw, type Point} from './draw.js';
import {backendTitle} from './table.js';

/** The plots, by the name of their file. */
export async function drawings(results: readonly BackendResult[]): Promise<Record<string, string>> {
  return {
    updates: await draw({
      kind: 'names',
      points: pointsOf(results, 'updates'),
      title: "Time of Adam's update, as a share of tf.train.adam's",
    }),
    rules: await draw({
      kind: 'names',
      points: pointsOf(results, 'rules'),
      title: "Time per byte moved, Adam's being 1",
    }),
    weights: await draw({
      kind: 'numbers',
      points: pointsOf(results, 'growth: weights'),
      title: "Time of Adam's update, as a share of tf.train.adam's, over the weights of one tensor",
    }),
    tensors: await draw({
      kind: 'numbers',
      points: pointsOf(results, 'growth: tensors'),
      title: "Time of Adam's update, as a share of tf.train.adam's, over the number of tensors of 64",
    }),
  };
}

function pointsOf(results: readonly BackendResult[], group: string): Point[] {
  return results.flatMap(result =>
    result.ratios
      .filter(row => row.group === group)
      .map(({name, ratio}) => ({
        backend: backendTitle(result),
        name,
        median: ratio.median,
        low: ratio.low,
        high: ratio.high,
      })),
  );
}
