import * as tf from '@tensorflow/tfjs-core';
import {Adam, Heun} from '../../src/index.js';
import type {MemoryRow} from '../results.js';
import {Field} from './field.js';
import {big, small} from './shapes.js';

/**
 * What an optimizer holds between steps and, at its peak, in a step. Adam's have their gradients given; the others take
 * theirs, so that these and the loss's own temporaries are in the peak.
 *
 * @param arrayBytes what JavaScript's own arrays take now, where that can be seen.
 */
export async function memory(arrayBytes?: () => number): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const over of [big, small]) {
    rows.push(await ofUpdates('our Adam', new Adam(), over, arrayBytes));
    rows.push(await ofUpdates('tf.train.adam', tf.train.adam(0.001), over, arrayBytes));
  }
  rows.push(await ofMinimize('Heun with its gradients', new Heun({learningRate: 0.001}), big, arrayBytes));
  rows.push(await ofMinimize('tf.train.sgd with its gradients', tf.train.sgd(0.001), big, arrayBytes));
  return rows;
}

function ofUpdates(name: string, optimizer: tf.Optimizer, over: Shapes, arrayBytes?: () => number) {
  const step = (field: Field) => optimizer.applyGradients(field.gradients);
  return measure(`${name}, ${over.length} tensors`, optimizer, step, over, arrayBytes);
}

function ofMinimize(name: string, optimizer: tf.Optimizer, over: Shapes, arrayBytes?: () => number) {
  const step = ({variables, gradients}: Field) => {
    const loss = () =>
      tf.addN(variables.map(variable => tf.sum(tf.mul(variable, gradients[variable.name]!)))) as tf.Scalar;
    optimizer.minimize(loss, false, variables);
  };
  return measure(`${name}, ${over.length} tensors`, optimizer, step, over, arrayBytes);
}

type Shapes = readonly (readonly number[])[];

async function measure(
  name: string,
  optimizer: tf.Optimizer,
  stepOn: (field: Field) => void,
  over: Shapes,
  arrayBytes?: () => number,
): Promise<MemoryRow> {
  const field = new Field(over);
  const step = () => stepOn(field);
  const before = tf.memory();
  for (let i = 0; i < 3; i++) step();
  const rest = tf.memory();
  const {peakBytes} = await tf.profile(step as () => never);
  const growths = arrayBytes && Array.from({length: 5}, () => growth(step, arrayBytes));
  optimizer.dispose();
  field.dispose();
  const {bytes} = field;
  return {
    name,
    atRest: (rest.numBytes - before.numBytes) / bytes,
    tensorsAtRest: rest.numTensors - before.numTensors,
    peak: (peakBytes - rest.numBytes) / bytes,
    largestWeight: (4 * Math.max(...field.variables.map(({size}) => size))) / bytes,
    // The largest: a garbage collection in a step makes it less.
    ...(growths && {arrays: Math.max(...growths) / bytes}),
  };
}

function growth(step: () => void, arrayBytes: () => number): number {
  const before = arrayBytes();
  step();
  return arrayBytes() - before;
}
