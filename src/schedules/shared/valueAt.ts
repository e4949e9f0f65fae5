import type {Rate} from '../../inject/options.js';

/** The value of a schedule, or of a number that stands for one. */
export function valueAt(schedule: Rate, iterations: number): number {
  return typeof schedule === 'function' ? schedule(iterations) : schedule;
}
