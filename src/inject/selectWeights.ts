import type {layers} from '@tensorflow/tfjs-layers';
import {InjectError, shown} from '../errors.js';
import {variableOf} from './layersModel.js';
import type {OptionSpec} from './options.js';
import type {Weight} from './weight.js';

/**
 * What chooses weights: the name of a weight or of a layer (a nested model, a
 * wrapper), a regular expression on weights' names, a layer, a predicate, or a
 * list of these, of which one must choose the weight.
 */
export type WeightSelector =
  | string
  | RegExp
  | layers.Layer
  | ((weight: Weight) => boolean)
  | readonly WeightSelector[];

/** What a selector chooses. */
export function chooses(selector: WeightSelector, weight: Weight): boolean {
  if (typeof selector === 'string')
    return selector === weight.key || (weight.layers ?? []).some(({name}) => name === selector);
  // `search` knows of no lastIndex, which would make a global expression skip every other weight.
  if (selector instanceof RegExp) return weight.key.search(selector) >= 0;
  if (typeof selector === 'function') return selector(weight);
  if (isList(selector)) return selector.some(each => chooses(each, weight));
  return selector.weights.some(each => variableOf(each) === weight.variable);
}

/** A selector that chooses none is a misspelt one. */
export function requireChosen(what: string, selector: WeightSelector, weights: readonly Weight[]): void {
  if (isList(selector)) for (const each of selector) requireChosen(what, each, weights);
  else if (!weights.some(weight => chooses(selector, weight))) {
    throw new InjectError(
      'INVALID_OPTION',
      `${what} must choose at least one of the weights ${weights.map(({key}) => key).join(', ')}; ` +
        `received ${shownSelector(selector)}`,
    );
  }
}

/**
 * Whether a plugin's option chooses a weight; all of them where it is not given.
 *
 * @param weights those that are known: in a hand-written loop they come with the steps, and it cannot be misspelt yet.
 * @throws InjectError `INVALID_OPTION` where it chooses none of them.
 */
export function choiceOf(
  owner: string,
  selector: WeightSelector | undefined,
  weights: readonly Weight[],
): (weight: Weight) => boolean {
  if (selector === undefined) return () => true;
  if (weights.length > 0) requireChosen(`weights of ${owner}`, selector, weights);
  return weight => chooses(selector, weight);
}

/** The option of a plugin that chooses weights; all of them where it is not given. */
export const weightsSpec: OptionSpec<WeightSelector | undefined> = {
  fallback: undefined,
  mustBe: 'a name, a regular expression, a layer, a predicate, or a list of these',
  accepts: isSelector,
  saved: selector => savedSelector(selector!),
  loaded: loadedSelector,
};

export function isSelector(value: unknown): value is WeightSelector {
  if (Array.isArray(value)) return value.length > 0 && value.every(isSelector);
  if (typeof value === 'string') return value !== '';
  return typeof value === 'function' || value instanceof RegExp || isLayer(value);
}

/** A selector as plain values, which a file can hold; a layer goes by its name. */
export function savedSelector(selector: WeightSelector): unknown {
  if (typeof selector === 'string') return selector;
  if (selector instanceof RegExp) return {source: selector.source, flags: selector.flags};
  if (isList(selector)) return selector.map(savedSelector);
  if (isLayer(selector)) return selector.name;
  throw new InjectError(
    'INVALID_OPTION',
    `weights must be chosen by names, regular expressions or layers to be saved; received ${shown(selector)}`,
  );
}

/** Whether a function chooses, of which nothing tells it from another. */
export function hasPredicate(selector: WeightSelector): boolean {
  return isList(selector) ? selector.some(hasPredicate) : typeof selector === 'function';
}

export function loadedSelector(saved: unknown): WeightSelector {
  if (Array.isArray(saved)) return saved.map(loadedSelector);
  if (typeof saved === 'string') return saved;
  const {source, flags} = saved as {source: string; flags: string};
  return new RegExp(source, flags);
}

/** A selector as errors and the names of counters have it. */
export function shownSelector(selector: WeightSelector): string {
  if (isList(selector)) return `[${selector.map(shownSelector).join(', ')}]`;
  return selector instanceof RegExp ? String(selector) : shown(isLayer(selector) ? selector.name : selector);
}

function isList(selector: WeightSelector): selector is readonly WeightSelector[] {
  return Array.isArray(selector);
}

function isLayer(value: unknown): value is layers.Layer {
  return (
    typeof (value as layers.Layer | null)?.getClassName === 'function' && 'inboundNodes' in (value as object)
  );
}
