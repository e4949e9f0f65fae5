import type {Tensor} from '@tensorflow/tfjs-core';
import type {Injection} from '../../inject/injection.js';
import type {Slots} from '../../inject/slots.js';
import type {Weight, WeightMap} from '../../inject/weight.js';

/** A slot that is shown in place of the weights, where it is there: `undefined`, for the next to show, before the first step. */
export function shownSlot({weights}: Injection, own: Slots, slot: string): WeightMap | undefined {
  const shown = new Map<Weight, Tensor>();
  for (const weight of weights)
    if (own.has(slot, weight)) shown.set(weight, own.read(slot, weight, 'weight'));
  return shown.size > 0 ? shown : undefined;
}
