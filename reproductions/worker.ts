/** A process that runs what it is sent, one run after the other. */
import type {Effort} from './experiment.js';
import {experimentOf} from './experiments.js';
import {useBackend} from './useBackend.js';

export interface Task {
  readonly experiment: string;
  readonly setting: unknown;
  readonly effort: Effort;
}

export type Answer = {readonly outcome: unknown} | {readonly error: string};

process.on('message', async ({experiment, setting, effort}: Task) => {
  let answer: Answer;
  try {
    const {backend, run} = experimentOf(experiment);
    await useBackend(backend);
    answer = {outcome: await run(setting as never, effort)};
  } catch (error) {
    answer = {error: (error as Error).stack ?? String(error)};
  }
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
