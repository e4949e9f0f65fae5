import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {applyRule, prepareRule} from '../rules/elementwise.js';
import {computed, keepsSlots, type Prepared} from '../rules/fused.js';
import {isByName} from '../rules/isByName.js';
import {apart} from '../rules/slotMemory.js';
import {shapeOf} from '../rules/slotStart.js';
import type {
  ComputeContext,
  ComputeGroup,
  NewTensors,
  RuleGroup,
  UpdateGroup,
  WeightTensors,
} from '../rules/updateGroup.js';
import {hold} from './hold.js';
import {type Journal, runWrites} from './journal.js';
import {assignParts, type OwnGroup, type PartitionedGroup} from './partitionedGroup.js';
import type {Phase} from './phase.js';
import {type ScalarSources, scalarsOf, scoped} from './scalarsOf.js';
import {isGroup} from './seat.js';
import {requireSlotShape} from './slots.js';
import {refuse, tensorProblem} from './tensorProblem.js';
import type {Weight, WeightMap} from './weight.js';

/** What an update works on. */
export interface UpdateContext extends ScalarSources {
  /** The weights to update, each with its gradient; a plugin's update has none. */
  readonly gradients?: WeightMap;
  readonly weights: Iterable<Weight>;
  /** Where writes are recorded while a step is under way. */
  readonly journal?: Journal;
  /** Where further evaluations are taken. */
  readonly phase?: Phase;
  /** Whether it is an optimizer's, whose slots nobody else sees. */
  readonly isOptimizer?: boolean;
}

/**
 * Computes everything that a group will write, and returns the function that
 * writes it. All that can fail (the rule, allocation, shapes) is over before
 * the first write, so an update happens whole or not at all. To be called
 * within a tidy that outlives the write.
 */
export function prepareUpdate(group: OwnGroup, context: UpdateContext): () => void {
  if (group.kind !== 'partitioned') return prepareGroup(group, context);
  const writes = partsOf(group, context).map(([part, own]) => prepareUpdate(part, own));
  return () => {
    for (const write of writes) write();
  };
}

function prepareGroup(group: UpdateGroup, context: UpdateContext): () => void {
  const {slots, journal} = context;
  const weights = [...context.weights];
  const scalars = scalarsOf(group, context);
  const inputs = weights.map(weight => {
    const tensors = inputsOf(group, weight, context);
    const gradient = context.gradients?.get(weight);
    if (gradient) tensors.gradient = preparedGradient(group, weight, gradient);
    return tensors;
  });
  const prepared =
    group.kind === 'rule'
      ? prepareRule(
          group.name,
          group.update,
          inputs,
          {learningRate: context.learningRate, ...scalars},
          ownSlots(group, context),
        )
      : computedBy(group, computeContext(group, inputs, weights, scalars, context));
  if (prepared.length !== weights.length) {
    throw new InjectError(
      'SHAPE_MISMATCH',
      `group '${group.name}' must return new values for its ${weights.length} weights; received ${prepared.length}`,
    );
  }
  for (let i = 0; i < weights.length; i++) check(group, weights[i]!, prepared[i]!);

  return () => {
    // Until the commit, what was there must stay: it may have to come back.
    const mayReplace = !journal?.isOpen;
    weights.forEach((weight, i) => {
      prepared[i]!.write(mayReplace, results => {
        writeResults(group, weight, inputs[i]!, results, context);
      });
    });
    for (const name in group.counters) slots.setCount(scoped(name, context), scalars[name]!);
  };
}

/** A slot may become what the weight has been, and the weight what a slot has been. */
function writeResults(
  group: UpdateGroup,
  weight: Weight,
  inputs: Readonly<Record<string, tf.Tensor>>,
  results: Readonly<Record<string, tf.Tensor>>,
  {slots, journal}: UpdateContext,
): void {
  const {variable} = weight;
  let {weight: value} = results;
  if (value?.dataId === variable.dataId) value = undefined;
  let held: tf.Tensor | undefined;
  for (const slot in group.slots) {
    if (!value || inputs[slot] !== value) continue;
    // As a weight it is seen by others.
    value = apart(value);
    held = hold(value);
    break;
  }
  for (const name in results) if (name !== 'weight') slots.write(name, weight, results[name]!);
  if (!value) return;
  if (journal) journal.assign(variable, held ?? value);
  else variable.assign(held ?? value);
  held?.dispose();
}

/**
 * Slots that may be written in place. In a memory that the backend shares, never what may be shown as weights (a
 * plugin's slots, copies of the weight): the wasm backend keeps what it has packed of a matrix by the name of its data.
 */
function ownSlots(group: UpdateGroup, {isOptimizer = false}: UpdateContext): string[] {
  const slots = Object.keys(group.slots);
  if (keepsSlots()) return slots;
  return isOptimizer ? slots.filter(slot => group.slots[slot] !== 'weight') : [];
}

/** Whether some gradient of a group's phase is to be taken elsewhere than at the weights. */
export function hasPoint(group: OwnGroup): boolean {
  if (group.kind === 'partitioned') return group.parts.some(part => hasPoint(part.group));
  return group.kind === 'rule' && group.point !== undefined;
}

/** Where the gradient of a phase is to be taken, for the weights whose group has a `point`. */
export function pointsOf(group: OwnGroup, context: UpdateContext): Map<Weight, tf.Tensor> {
  if (group.kind === 'partitioned')
    return new Map(partsOf(group, context).flatMap(([part, own]) => [...pointsOf(part, own)]));
  const {point} = group as Partial<RuleGroup>;
  if (!point) return new Map();
  const weights = [...context.weights];
  const inputs = weights.map(weight => inputsOf(group, weight, context));
  const numbers = {learningRate: context.learningRate, ...scalarsOf(group, context)};
  const points = applyRule(group.name, point, inputs, numbers, ownSlots(group as RuleGroup, context));
  return new Map(weights.map((weight, i) => [weight, points[i]!.point!]));
}

function partsOf(group: PartitionedGroup, context: UpdateContext): [OwnGroup, UpdateContext][] {
  return assignParts(group, context.weights).map(([part, weights]) => [
    part.group,
    {...context, weights, learningRate: part.rateAt(context), scope: scoped(part.name, context)},
  ]);
}

function inputsOf(group: UpdateGroup, weight: Weight, {slots}: UpdateContext): Record<string, tf.Tensor> {
  const tensors: Record<string, tf.Tensor> = {weight: weight.variable};
  for (const slot in group.slots) {
    const start = group.slots[slot];
    // What a function over tensors sees, it may keep.
    const value = group.kind === 'rule' ? slots.peek(slot, weight, start) : slots.read(slot, weight, start);
    const shape = shapeOf(start!, weight.variable.shape);
    requireSlotShape(slot, weight, shape, value, 'that of a former weight of this name');
    tensors[slot] = value;
  }
  return tensors;
}

/** What `compute` returns; of what shape and type it is, `check` sees. */
function computedBy({name, compute}: ComputeGroup, context: ComputeContext): Prepared[] {
  const results: unknown = compute(context);
  if (Array.isArray(results) && results.every(isByName))
    return results.map(each => computed(each as NewTensors));
  throw new InjectError(
    'INVALID_OPTION',
    `group '${name}' must return a list of new tensors by name, such as {weight: …}; received ${shown(results)}`,
  );
}

function computeContext(
  {name, evaluates}: ComputeGroup,
  inputs: readonly Record<string, tf.Tensor>[],
  weights: readonly Weight[],
  scalars: Readonly<Record<string, number>>,
  {iterations, learningRate, phase}: UpdateContext,
): ComputeContext {
  return {
    weights: inputs.map((tensors, i) => ({name: weights[i]!.key, ...tensors}) as unknown as WeightTensors),
    scalars,
    iterations,
    learningRate,
    ...(phase && {loss: phase.loss}),
    evaluateAt(displacements: unknown) {
      if (!evaluates || !Array.isArray(displacements) || displacements.length !== weights.length)
        throw new InjectError(
          'INVALID_OPTION',
          `group '${name}' must have 'evaluates: true' and give evaluateAt a tensor for each of its ${weights.length} weights; ` +
            `received ${evaluates ? shown(displacements) : 'evaluates: false'}`,
        );
      const {loss, gradients} = phase!.evaluateAt(
        new Map((displacements as tf.Tensor[]).map((shift, i) => [weights[i]!, shift])),
      );
      return {loss, gradients: weights.map(weight => gradients.get(weight) ?? tf.zerosLike(weight.variable))};
    },
  };
}

function preparedGradient(group: UpdateGroup, {key, variable}: Weight, gradient: tf.Tensor): tf.Tensor {
  const {prepareGradient} = group as Partial<RuleGroup>;
  if (!prepareGradient) return gradient;
  return tf.tidy(() => {
    const prepared = prepareGradient(gradient);
    refuse(
      tensorProblem(prepared, variable.shape),
      what => `prepareGradient of group '${group.name}' must return ${what} for weight '${key}'`,
    );
    return prepared;
  });
}

function check(group: UpdateGroup, {key, variable}: Weight, prepared: Prepared): void {
  for (const name of prepared.names) {
    const start = name === 'weight' ? 'weight' : group.slots[name];
    if (start === undefined) {
      const known = ['weight', ...Object.keys(group.slots)].join(', ');
      throw new InjectError(
        'UNKNOWN_SLOT',
        `group '${group.name}' must return only ${known}; received '${name}'`,
      );
    }
    const shape = shapeOf(start, variable.shape);
    const problem = tensorProblem(prepared.like(name), shape);
    if (problem)
      refuse(problem, what => `group '${group.name}' must return ${what} as '${name}' of weight '${key}'`);
  }
}

/** Updates at once: for plugins, whose update is a rule like any other, and where gradients are applied without a loss. */
export function update(group: OwnGroup, context: UpdateContext): void {
  if (!context.gradients) requireUpdatable(group);
  tf.tidy(() => runWrites(prepareUpdate(group, context), context.journal));
}

/** Without a phase there is no gradient, nor a batch to take another of. */
function requireUpdatable(group: OwnGroup): void {
  const {evaluates, point, prepareGradient} = (group ?? {}) as Partial<ComputeGroup & RuleGroup>;
  if (isGroup(group) && !evaluates && !point && !prepareGradient) return;
  throw new InjectError(
    'INVALID_OPTION',
    `an update must be by an updateGroup(…) without evaluates, point and prepareGradient; received ${shown(group)}`,
  );
}
