import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type {Injection} from '../../src/index.js';

/** A tensor's values to the last bit, as text. */
export function bitsOf(tensor: tf.Tensor): string {
  return Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('hex');
}

/** Everything that training moves, to the last bit; equal for two models that have lived through the same. */
export interface State {
  readonly weights: string[];
  readonly slots: Record<string, string>;
  readonly optimizer: Record<string, unknown>;
  readonly layers: unknown[];
  readonly plugins: Record<string, unknown>[];
  readonly iterations: number;
}

export function stateOf(model: tfl.LayersModel, injection: Injection): State {
  // The getter of tf.Optimizer makes its counter when it is first read.
  const {iterations} = injection;
  return {
    weights: model.weights.map(weight => bitsOf(weight.read())),
    slots: slotsOf(injection),
    optimizer: fieldsOf(injection.optimizer),
    layers: model.layers.flatMap(layer => {
      const {states_, keptStates} = layer as unknown as {states_?: tf.Tensor[]; keptStates?: unknown[]};
      return keptStates ? [{states: states_?.map(bitsOf), kept: keptStates.length}] : [];
    }),
    plugins: injection.plugins.map(fieldsOf),
    iterations,
  };
}

/** What is on the device, and in the model's list of metrics to report. */
export function countsOf(model: tfl.LayersModel) {
  const {numTensors, numDataBuffers, numBytes} = tf.memory();
  const inner = (model as unknown as {model?: object}).model ?? model;
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    metrics: (inner as {metricsTensors: unknown[]}).metricsTensors.length,
  };
}

/** Slots of the seat and of the plugins; weights are numbered, as a second model's have other names. */
function slotsOf(injection: Injection): Record<string, string> {
  const all: Record<string, string> = {};
  const owners = [
    injection.stepper.seat.slots,
    ...injection.plugins.map(plugin => injection.slotsOf(plugin)),
  ];
  for (const slots of owners) {
    for (const {name, tensor} of slots.entries()) {
      const short = name.split('/').slice(0, 2).join('/');
      const ordinal = Object.keys(all).filter(key => key.startsWith(`${short}/`)).length;
      all[`${short}/${ordinal}`] = bitsOf(tensor);
      // A counter's tensor is made for who reads it.
      if (!slots.owns(tensor)) tensor.dispose();
    }
  }
  return all;
}

/** Numbers, tensors and lists of `tf.train.*` slots that an object holds itself. */
function fieldsOf(owner: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(owner)) {
    if (typeof value === 'number') fields[name] = value;
    else if (value instanceof tf.Tensor) fields[name] = bitsOf(value);
    else if (Array.isArray(value)) fields[name] = value.map(slot => slot?.variable && bitsOf(slot.variable));
  }
  return fields;
}
