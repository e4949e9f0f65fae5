import * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../../inject/injection.js';
import type {InjectPlugin} from '../../inject/injectPlugin.js';
import type {Phase} from '../../inject/phase.js';
import {choiceOf, type WeightSelector} from '../../inject/selectWeights.js';
import type {Weight} from '../../inject/weight.js';

/** Some weights, each with its gradient. */
export type Chosen = readonly (readonly [Weight, tf.Tensor])[];

/**
 * Taps `gradients` with a change to those of the weights that the plugin's
 * option `weights` chooses; never with none of them.
 *
 * @param change returns as many gradients, in the same order, or nothing to leave all as they are; its temporaries are freed.
 * @returns whether the option chooses a weight.
 * @throws InjectError `INVALID_OPTION` where the option chooses none of the weights.
 */
export function tapGradients(
  plugin: InjectPlugin<{readonly weights: WeightSelector | undefined}>,
  {hooks, weights}: Injection,
  stage: number,
  change: (chosen: Chosen, phase: Phase) => tf.Tensor[] | undefined,
): (weight: Weight) => boolean {
  const isChosen = choiceOf(plugin.name, plugin.options.weights, weights);
  hooks.gradients.tap({name: plugin.name, stage}, (gradients, phase) => {
    const chosen = [...gradients].filter(([weight]) => isChosen(weight));
    if (chosen.length === 0) return undefined;
    const changed = tf.tidy(() => change(chosen, phase) ?? []);
    if (changed.length === 0) return undefined;
    return new Map([...gradients, ...chosen.map(([weight], i) => [weight, changed[i]!] as const)]);
  });
  return isChosen;
}
