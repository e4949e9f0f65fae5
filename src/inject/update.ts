import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {runRule, scalarOperands} from '../rules/runRule.js';
import type {ComputeGroup, NewTensors, RuleGroup, WeightTensors} from '../rules/updateGroup.js';
import type {Journal} from './journal.js';
import type {Slots} from './slots.js';
import type {Weight, WeightMap} from './weight.js';

/** What an update works on. */
export interface UpdateContext {
  /** The weights to update, each with its gradient; a plugin's update has none. */
  readonly gradients?: WeightMap;
  readonly weights: Iterable<Weight>;
  readonly slots: Slots;
  readonly iterations: number;
  readonly learningRate: number;
  /** For a group that names its scalars instead of computing them. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Where writes are recorded while a step is under way. */
  readonly journal?: Journal;
}

/**
 * Computes everything that a group will write, and returns the function that
 * writes it. All that can fail (the rule, allocation, shapes) is over before
 * the first write, so an update happens whole or not at all. To be called
 * within a tidy that outlives the write.
 */
export function prepareUpdate(group: RuleGroup | ComputeGroup, context: UpdateContext): () => void {
  const {slots, journal, iterations, learningRate} = context;
  const weights = [...context.weights];
  const scalars = scalarsOf(group, context);
  const inputs = weights.map(weight => {
    const tensors: Record<string, tf.Tensor> = {weight: weight.variable};
    const gradient = context.gradients?.get(weight);
    if (gradient) tensors.gradient = prepared(group, gradient);
    for (const [slot, start] of Object.entries(group.slots)) tensors[slot] = slots.read(slot, weight, start);
    return tensors;
  });

  let results: readonly NewTensors[];
  if (group.kind === 'rule') {
    const operands = scalarOperands({learningRate, ...scalars});
    results = inputs.map(tensors => runRule(group, tensors, operands));
  } else {
    const named = inputs.map(
      (tensors, i) => ({name: weights[i]!.key, ...tensors}) as unknown as WeightTensors,
    );
    results = group.compute({weights: named, scalars, iterations, learningRate});
    if (results.length !== weights.length) {
      throw new InjectError(
        'SHAPE_MISMATCH',
        `group '${group.name}' must return new values for its ${weights.length} weights; received ${results.length}`,
      );
    }
  }
  for (const [i, result] of results.entries()) check(group, weights[i]!, result);

  return () => {
    weights.forEach((weight, i) => {
      const {weight: value, ...newSlots} = results[i]!;
      for (const [slot, tensor] of Object.entries(newSlots)) slots.write(slot, weight, tensor);
      if (!value || value.dataId === weight.variable.dataId) return;
      if (journal) journal.assign(weight.variable, value);
      else weight.variable.assign(value);
    });
  };
}

function prepared(group: RuleGroup | ComputeGroup, gradient: tf.Tensor): tf.Tensor {
  const {prepareGradient} = group as Partial<RuleGroup>;
  return prepareGradient ? tf.tidy(() => prepareGradient(gradient)) : gradient;
}

function scalarsOf(
  group: RuleGroup | ComputeGroup,
  context: UpdateContext,
): Readonly<Record<string, number>> {
  const {scalars: source = []} = group;
  const {iterations, learningRate, scalars: given = {}} = context;
  if (typeof source === 'function') return source({iterations, learningRate});
  for (const name of source) {
    if (typeof given[name] === 'number') continue;
    throw new InjectError(
      'INVALID_OPTION',
      `group '${group.name}' must be given the number '${name}'; received none`,
    );
  }
  return given;
}

function check(group: RuleGroup | ComputeGroup, {key, variable}: Weight, result: NewTensors): void {
  for (const [name, tensor] of Object.entries(result)) {
    if (name !== 'weight' && !(name in group.slots)) {
      const known = ['weight', ...Object.keys(group.slots)].join(', ');
      throw new InjectError(
        'UNKNOWN_SLOT',
        `group '${group.name}' must return only ${known}; received '${name}'`,
      );
    }
    if (tensor.shape.join() !== variable.shape.join()) {
      throw new InjectError(
        'SHAPE_MISMATCH',
        `group '${group.name}' must return '${name}' with the shape [${variable.shape}] of weight '${key}'; ` +
          `received [${tensor.shape}]`,
      );
    }
  }
}

/** Updates at once: for plugins, whose update is a rule like any other. */
export function update(group: RuleGroup | ComputeGroup, context: UpdateContext): void {
  tf.tidy(() => prepareUpdate(group, context)());
}
