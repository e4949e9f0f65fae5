import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {shapeOf} from '../rules/slotStart.js';
import type {Captured, Journal} from './journal.js';
import type {Rate} from './options.js';
import {assignParts, type OwnGroup, slotsOfWeight} from './partitionedGroup.js';
import type {Phase} from './phase.js';
import {
  isText,
  joined,
  type Mismatches,
  numberIn,
  partOf,
  type Saved,
  shapeProblem,
  valuesIn,
} from './saved.js';
import {type Group, type GroupedUpdates, isGroup, type Plan, type Seat, stateNames} from './seat.js';
import {shortName} from './shortName.js';
import type {Slots} from './slots.js';
import type {Step} from './step.js';
import type {Target} from './target.js';
import {hasPoint, pointsOf, prepareUpdate} from './update.js';
import type {Weight} from './weight.js';
import {withValues} from './withValues.js';

/** What a seat needs of an optimizer of ours. */
interface OwnOptimizer extends tf.Optimizer {
  completedSteps: number;
  learningRate: Rate;
  readonly slots: Slots;
  rateAt(completedSteps: number): number;
  getGroupedUpdates(): GroupedUpdates;
  checkWeights(weights: readonly Weight[]): void;
  takeBack(): void;
}

/** An `InjectOptimizer` in the seat: its groups, its clock, its slots. */
export class OwnSeat implements Seat {
  readonly projects = true;
  readonly minimizesItself = false;
  private plan: Plan | undefined;

  constructor(readonly optimizer: OwnOptimizer) {}

  get slots(): Slots {
    return this.optimizer.slots;
  }

  get completedSteps(): number {
    return this.optimizer.completedSteps;
  }
  set completedSteps(steps: number) {
    this.optimizer.completedSteps = steps;
  }

  makePlan(): Plan {
    this.plan ??= this.askForPlan();
    return this.plan;
  }

  checkWeights(weights: readonly Weight[]): void {
    this.optimizer.checkWeights(weights);
  }

  rateAt(completedSteps: number): number {
    return this.optimizer.rateAt(completedSteps);
  }

  computeGradients(loss: () => tf.Scalar, weights?: tf.Variable[]) {
    return this.optimizer.computeGradients(loss, weights);
  }

  minimize(...args: Parameters<tf.Optimizer['minimize']>) {
    return this.optimizer.minimize(...args);
  }

  prepare(group: Group, phase: Phase, journal: Journal): () => void {
    const {step, gradients} = phase;
    const {iterations, learningRate} = step;
    return prepareUpdate(group as OwnGroup, {
      gradients,
      weights: gradients.keys(),
      slots: this.slots,
      iterations,
      learningRate,
      journal,
      phase,
      isOptimizer: true,
    });
  }

  note(): void {}

  atPoint<T>(group: Group, step: Step, body: () => T): T {
    if (!hasPoint(group as OwnGroup)) return body();
    const {iterations, learningRate} = step;
    const weights = step.weights.filter(({variable}) => variable.trainable);
    const context = {weights, slots: this.slots, iterations, learningRate, isOptimizer: true};
    const points = pointsOf(group as OwnGroup, context);
    return withValues(new Map([...points].map(([weight, point]) => [weight, () => point])), body);
  }

  /** A slot that is a copy of its weight must not pull it back to what it was. */
  tell({written}: Step, plan: Plan): void {
    const restart = (group: Group, weights: Iterable<Weight>): void => {
      if (group.kind === 'partitioned') {
        for (const [part, own] of assignParts(group, weights)) restart(part.group, own);
        return;
      }
      for (const [slot, start] of Object.entries(group.slots)) {
        if (start !== 'weight') continue;
        for (const weight of weights) this.slots.restart(slot, weight);
      }
    };
    for (const group of fixedGroups(plan) ?? []) restart(group, written);
  }

  capture(): Captured {
    const slots = this.slots.capture();
    const {completedSteps, optimizer} = this;
    const {learningRate} = optimizer;
    return {
      restore: () => {
        slots.restore();
        this.completedSteps = completedSteps;
        optimizer.learningRate = learningRate;
      },
      release: slots.release,
    };
  }

  save(_target: Target, plan: Plan): Saved {
    const {slots, completedSteps, optimizer} = this;
    const {learningRate} = optimizer;
    const names = stateNames(plan);
    const own = {
      iterations: completedSteps,
      ...(typeof learningRate === 'number' && {learningRate}),
      ...(names && {names: [...names.slots, ...names.counters]}),
    };
    return joined({slots: slots.save(), own: {tensors: new Map(), data: own}});
  }

  mismatches(saved: Saved, {weights}: Target, plan: Plan): Mismatches {
    const groups = fixedGroups(plan);
    const found = new Map<string, string>();
    const byKey = new Map(weights.map(weight => [weight.key, weight]));
    for (const [key, tensor] of partOf(saved, 'slots').tensors) {
      const at = key.indexOf('/');
      const weight = byKey.get(key.slice(at + 1));
      const starts =
        weight &&
        groups?.flatMap(group => slotsOfWeight(group, weight)).filter(([slot]) => slot === key.slice(0, at));
      const shapes = starts?.map(([, start]) => shapeOf(start, weight!.variable.shape));
      if (!weight || shapes?.length === 0) found.set(`slots/${key}`, 'is extra');
      else if (shapes && !shapes.some(shape => shape.join() === tensor.shape.join()))
        found.set(`slots/${key}`, shapeProblem(tensor, {shape: shapes[0]!})!);
    }
    const names = stateNames(plan);
    if (!names) return found;
    const now = [...names.slots, ...names.counters];
    for (const name of Object.keys(partOf(saved, 'slots').data))
      if (!now.includes(name)) found.set(`slots/${name}`, 'is extra');
    const {data: own} = partOf(saved, 'own');
    // Files of before do not say.
    const then = 'names' in own ? Object.values(valuesIn(own, 'names', isText)) : now;
    for (const name of now) if (!then.includes(name)) found.set(`slots/${name}`, 'is missing');
    return found;
  }

  put(saved: Saved, _target: Target, plan: Plan): void {
    const {optimizer} = this;
    const own = partOf(saved, 'own').data;
    const learningRate = 'learningRate' in own ? numberIn(own, 'learningRate') : undefined;
    const iterations = numberIn(own, 'iterations', 'count');
    const {tensors, data} = partOf(saved, 'slots');
    const known = stateNames(plan)?.counters;
    const counters = Object.entries(data).filter(([name]) => known?.includes(name) !== false);
    this.slots.put({tensors, data: Object.fromEntries(counters)});
    this.completedSteps = iterations;
    // A schedule is the program's, or the optimizer's own config's.
    if (learningRate !== undefined && typeof optimizer.learningRate === 'number')
      optimizer.learningRate = learningRate;
  }

  saving<T>(body: () => Promise<T>): Promise<T> {
    return body().finally(() => this.optimizer.takeBack());
  }

  leave(): void {
    this.optimizer.takeBack();
    this.slots.stash();
    this.slots.journal = undefined;
  }

  private askForPlan(): Plan {
    const given = this.optimizer.getGroupedUpdates?.();
    const name = shortName(this.optimizer);
    if (typeof (given as Generator)?.next === 'function') {
      (given as Extract<GroupedUpdates, Generator>).return();
      return {
        kind: 'generated',
        generate: () => this.optimizer.getGroupedUpdates() as Extract<GroupedUpdates, Generator>,
      };
    }
    const groups = given as Exclude<GroupedUpdates, Generator>;
    if (!Array.isArray(groups) || groups.length === 0 || !groups.every(isGroup)) {
      throw new InjectError(
        'INVALID_OPTION',
        `getGroupedUpdates of ${name} must return at least one updateGroup(…), or be a generator of them; ` +
          `received ${shown(groups)}`,
      );
    }
    return {kind: 'fixed', groups};
  }
}

/** `undefined` where they depend on what a step sees. */
function fixedGroups(plan: Plan): OwnGroup[] | undefined {
  return plan.kind === 'fixed' ? (plan.groups as OwnGroup[]) : undefined;
}
