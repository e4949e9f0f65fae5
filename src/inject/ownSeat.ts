import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {UpdateGroup} from '../rules/updateGroup.js';
import type {Journal} from './journal.js';
import type {Phase} from './phase.js';
import type {Group, Plan, Seat} from './seat.js';
import type {Slots} from './slots.js';
import {prepareUpdate} from './update.js';

/** What a seat needs of an optimizer of ours. */
interface Own extends tf.Optimizer {
  completedSteps: number;
  readonly slots: Slots;
  rateAt(completedSteps: number): number;
  getGroupedUpdates(): readonly UpdateGroup[] | Generator<UpdateGroup, void, Phase>;
  takeBack(): void;
}

/** An `InjectOptimizer` in the seat: its groups, its clock, its slots. */
export class OwnSeat implements Seat {
  readonly projects = true;
  readonly minimizesItself = false;
  private plan: Plan | undefined;

  constructor(readonly optimizer: Own) {}

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

  rateAt(completedSteps: number): number {
    return this.optimizer.rateAt(completedSteps);
  }

  computeGradients(loss: () => tf.Scalar, weights?: tf.Variable[]) {
    return this.optimizer.computeGradients(loss, weights);
  }

  prepare(group: Group, phase: Phase, journal: Journal): () => void {
    const {step, gradients} = phase;
    const {iterations, learningRate} = step;
    const context = {
      gradients,
      weights: gradients.keys(),
      slots: this.slots,
      iterations,
      learningRate,
      journal,
    };
    return prepareUpdate(group as UpdateGroup, context);
  }

  leave(): void {
    this.optimizer.takeBack();
    this.slots.stash();
    this.slots.journal = undefined;
  }

  private askForPlan(): Plan {
    const given = this.optimizer.getGroupedUpdates();
    const name = this.optimizer.getClassName();
    if (typeof (given as Generator)?.next === 'function') {
      (given as Generator<UpdateGroup, void, Phase>).return();
      return {
        kind: 'generated',
        generate: () => this.optimizer.getGroupedUpdates() as Generator<UpdateGroup, void, Phase>,
      };
    }
    const groups = given as readonly UpdateGroup[];
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

function isGroup(group: Partial<UpdateGroup> | undefined): boolean {
  return group?.kind === 'rule' || group?.kind === 'compute';
}
