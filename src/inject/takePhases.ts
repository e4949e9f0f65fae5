import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import type {Evaluation} from './evaluation.js';
import type {Hooks, Skip} from './hooks.js';
import {type Journal, runWrites} from './journal.js';
import {Phase} from './phase.js';
import {type Group, isGroup, type Plan, type Seat} from './seat.js';
import {shortName} from './shortName.js';
import type {Step} from './step.js';
import type {Window} from './window.js';

/** What one step is taken with. */
export interface Work {
  readonly hooks: Hooks;
  readonly journal: Journal;
  readonly seat: Seat;
  readonly plan: Plan;
  readonly step: Step;
  readonly evaluations: readonly Evaluation[];
  /** Knows the first phase's sum over the batches that were postponed. */
  readonly window: Window;
}

/**
 * Runs the phases of a step, from the first gradient to the commit.
 *
 * @returns why the step is not to be applied, where a plugin says so; then nothing has been committed.
 */
export function takePhases(work: Work): Skip | undefined {
  const {seat, plan, evaluations, step, journal} = work;
  if (seat.minimizesItself) {
    seat.note(step, journal);
    evaluations[0]!.minimizeBy(seat);
    complete(work, () => {});
    return undefined;
  }
  return plan.kind === 'fixed' ? takeFixed(work, plan.groups) : takeGenerated(work, plan.generate());
}

function takeFixed(work: Work, groups: readonly Group[]): Skip | undefined {
  const last = groups.length - 1;
  for (let index = 0; index <= last; index++) {
    const skip = withoutTemporaries(() => takePhase(work, groups[index]!, index, index === last).skip);
    if (skip) return skip;
  }
  return undefined;
}

/** What a generator was given must stay valid until it is done: no tidy of its own for each phase. */
function takeGenerated(
  work: Work,
  generator: ReturnType<(Plan & {kind: 'generated'})['generate']>,
): Skip | undefined {
  try {
    let next = generator.next();
    for (let index = 0; !next.done || index === 0; index++) {
      if (!isGroup(next.value))
        throw new InjectError(
          'INVALID_OPTION',
          `getGroupedUpdates of ${shortName(work.seat.optimizer)} must yield at least one group in each step, and ` +
            `nothing else; received ${next.done ? 'none' : shown(next.value)}`,
        );
      const {phase, skip} = takePhase(work, next.value, index, false);
      if (skip) return skip;
      next = generator.next(phase);
    }
  } finally {
    generator.return();
  }
  complete(work, () => {});
  return undefined;
}

function takePhase(work: Work, group: Group, index: number, isLast: boolean): {phase: Phase; skip?: Skip} {
  const {hooks, journal, seat, step, evaluations, window} = work;
  const phase = new Phase(step, index, group.name, evaluations);
  const skip = seat.atPoint(group, step, () => {
    let evaluated = index === 0 ? window.evaluate(evaluations) : phase.evaluateAt(new Map());
    if (hooks.evaluated.isUsed()) evaluated = hooks.evaluated.call(evaluated, phase);
    phase.loss = evaluated.loss;
    phase.gradients = evaluated.gradients;
    const reason = hooks.skip.isUsed() ? hooks.skip.call(phase) : undefined;
    if (!reason && hooks.gradients.isUsed()) phase.gradients = hooks.gradients.call(phase.gradients, phase);
    return reason;
  });
  if (skip) return {phase, skip};
  const write = seat.prepare(group, phase, journal);
  if (isLast) complete(work, write);
  else write();
  if (hooks.afterPhase.isUsed()) hooks.afterPhase.call(phase);
  return {phase};
}

/** The commit: the last writes of a step, after which it counts. */
function complete({seat, step, journal}: Work, write: () => void): void {
  const constrained = seat.projects
    ? step.weights.filter(({project, variable}) => project && variable.trainable)
    : [];
  // A projection is the user's code and may throw: then the writes before it are still open to be taken back.
  if (constrained.length === 0) journal.commit();
  runWrites(write, journal);
  for (const {project, variable} of constrained) {
    tf.tidy(() => journal.assign(variable, project!(variable)));
  }
  if (constrained.length > 0) journal.commit();
  seat.completedSteps = step.iterations;
}

/** A tidy whose result holds no tensor. */
function withoutTemporaries<T>(body: () => T): T {
  let result!: T;
  tf.tidy(() => {
    result = body();
  });
  return result;
}
