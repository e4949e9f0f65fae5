import * as tf from '@tensorflow/tfjs-core';
import {hold} from './hold.js';
import {allLayers, type LayerInsides, type ModelInsides} from './layersModel.js';
import {isNumber, type Mismatches, type Saved, shapeProblem, valuesIn} from './saved.js';
import type {LayerState} from './target.js';
import {uniqueKeys, type Weight} from './weight.js';

/** How the state of a model's layers is captured, and put back from a file; for one model. */
export interface LayerStates {
  capture(): LayerState;
  mismatches(saved: Saved): Mismatches;
  put(saved: Saved): void;
}

/** @param weights those that are not trained. The search for all else is done once. */
export function layerStatesOf(model: ModelInsides, weights: readonly Weight[]): LayerStates {
  const variables = weights.map(({variable}) => variable);
  const layers = allLayers(model);
  const keys = uniqueKeys(layers.map(({name}) => name));
  const keyOf = (layer: LayerInsides) => keys[layers.indexOf(layer)]!;
  const stateful = layers.filter(layer => layer.stateful && layer.keptStates);
  const masked = (['dropoutMask', 'recurrentDropoutMask'] as const).flatMap(name =>
    layers.filter(layer => name in layer).map(layer => [layer, name] as const),
  );
  const random = layers.filter(({randomGenerator}) => randomGenerator);
  const seeded = random.map(({randomGenerator}) => randomGenerator!);
  const stateName = (layer: LayerInsides, i: number) => `state/${keyOf(layer)}/${i}`;

  const mismatches = ({tensors, data}: Saved): Mismatches => {
    const wanted = new Map<string, tf.Tensor>(weights.map(({key, variable}) => [`weight/${key}`, variable]));
    for (const layer of stateful)
      for (const [i, state] of (layer.states_ ?? []).entries()) wanted.set(stateName(layer, i), state);
    const found = new Map<string, string>();
    for (const [name, tensor] of tensors) {
      const problem = shapeProblem(tensor, wanted.get(name));
      if (problem) found.set(name, problem);
    }
    for (const name of wanted.keys())
      if (name.startsWith('state/') && !tensors.has(name)) found.set(name, 'is missing');
    for (const key of Object.keys((data.seeds ?? {}) as object))
      if (!random.some(layer => keyOf(layer) === key)) found.set(`seeds/${key}`, 'is extra');
    return found;
  };

  const put = ({tensors, data}: Saved): void => {
    for (const [cell, name] of masked) {
      tf.dispose(cell[name] ?? []);
      cell[name] = null;
    }
    for (const {key, variable} of weights) {
      const value = tensors.get(`weight/${key}`);
      if (value) variable.assign(value);
    }
    for (const layer of stateful) {
      const former = [...(layer.states_ ?? []), ...layer.keptStates!.splice(0).flat()];
      layer.states_ = (layer.states_ ?? []).map((own, i) => hold(tensors.get(stateName(layer, i)) ?? own));
      tf.dispose([...new Set(former)]);
    }
    const seeds = valuesIn(data, 'seeds', isNumber);
    for (const layer of random) layer.randomGenerator!.seed = seeds[keyOf(layer)];
  };

  const capture = (): LayerState => {
    const values = variables.map(variable => hold(variable));
    const states = stateful.map(layer => ({
      own: [...(layer.states_ ?? [])],
      // While they are replayed the user's own may have been reset.
      held: (layer.states_ ?? []).map(hold),
      kept: layer.keptStates!.length,
    }));
    const seeds = seeded.map(({seed}) => seed);
    const unmasked = masked.filter(([cell, name]) => cell[name] == null);

    const putValues = (tensors: readonly tf.Tensor[]) =>
      variables.forEach((variable, i) => {
        if (variable.dataId !== tensors[i]!.dataId) variable.assign(tensors[i]!);
      });
    const putSeeds = (numbers: readonly (number | undefined)[]) =>
      seeded.forEach((generator, i) => {
        generator.seed = numbers[i];
      });
    /** Frees the states that an RNN has made since, but for those in `except`, and forgets the kept ones after `length`. */
    const dropStates = (i: number, except: readonly tf.Tensor[], length: number) => {
      const layer = stateful[i]!;
      const dropped = [...(layer.states_ ?? []), ...layer.keptStates!.splice(length).flat()];
      for (const tensor of new Set(dropped)) if (!except.includes(tensor)) tensor.dispose();
    };

    return {
      save() {
        const tensors = new Map<string, tf.Tensor>();
        for (const [i, {key, variable}] of weights.entries())
          if (variable.dataId !== values[i]!.dataId) tensors.set(`weight/${key}`, hold(values[i]!));
        for (const [i, {held}] of states.entries())
          for (const [j, state] of held.entries()) tensors.set(stateName(stateful[i]!, j), hold(state));
        const known = random.flatMap((layer, i) =>
          seeds[i] === undefined ? [] : [[keyOf(layer), seeds[i]] as const],
        );
        return {tensors, data: {seeds: Object.fromEntries(known)}};
      },
      restore() {
        putValues(values);
        putSeeds(seeds);
        for (const [cell, name] of unmasked) {
          tf.dispose(cell[name] ?? []);
          cell[name] = null;
        }
        states.forEach(({own, held, kept}, i) => {
          dropStates(i, [...own, ...held], kept);
          // The user's own may have been reset.
          stateful[i]!.states_ = own.map((state, j) => (state.isDisposed ? hold(held[j]!) : state));
        });
      },
      restoreStatistics() {
        putValues(values);
      },
      replay(body, keepsStatistics = false) {
        const present = {
          values: variables.map(variable => hold(variable)),
          seeds: seeded.map(({seed}) => seed),
          states: stateful.map(layer => ({own: [...(layer.states_ ?? [])], kept: layer.keptStates!.length})),
        };
        putValues(values);
        putSeeds(seeds);
        states.forEach(({held}, i) => {
          stateful[i]!.states_ = [...held];
        });
        try {
          return body();
        } finally {
          if (!keepsStatistics) putValues(present.values);
          for (const value of present.values) value.dispose();
          putSeeds(present.seeds);
          present.states.forEach(({own, kept}, i) => {
            dropStates(i, [...own, ...states[i]!.held], kept);
            stateful[i]!.states_ = own;
          });
        }
      },
      release() {
        for (const value of values) value.dispose();
        for (const {held} of states) for (const tensor of held) tensor.dispose();
      },
    };
  };
  return {capture, mismatches, put};
}
