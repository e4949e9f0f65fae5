import * as tf from '@tensorflow/tfjs-core';
import {hold} from './hold.js';
import {allLayers, type ModelInsides} from './layersModel.js';
import type {LayerState} from './target.js';

/** How the state of a model's layers is captured, for one model; the search for it is done once. */
export function layerStateOf(model: ModelInsides, variables: readonly tf.Variable[]): () => LayerState {
  const layers = allLayers(model);
  const stateful = layers.filter(layer => layer.stateful && layer.keptStates);
  const masked = (['dropoutMask', 'recurrentDropoutMask'] as const).flatMap(name =>
    layers.filter(layer => name in layer).map(layer => [layer, name] as const),
  );
  const seeded = layers.flatMap(({randomGenerator}) => (randomGenerator ? [randomGenerator] : []));

  return () => {
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
}
