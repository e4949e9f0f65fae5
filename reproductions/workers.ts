import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import type {Answer, Task} from './worker.js';

/** Processes that share runs out among them, as many as there are processors. */
export class Workers {
  readonly #processes: ChildProcess[] = Array.from({length: availableParallelism()}, () =>
    fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      // NaN and Infinity are outcomes, too.
      serialization: 'advanced',
    }),
  );

  /**
   * @param tell  called when one more is done
   * @returns the outcomes in the order of the tasks
   * @throws Error with the setting and the stack where a run threw, or its process ended
   */
  async run(tasks: readonly Task[], tell: () => void): Promise<unknown[]> {
    const outcomes: unknown[] = [];
    let next = 0;
    const work = async (worker: ChildProcess) => {
      while (next < tasks.length) {
        const at = next++;
        outcomes[at] = await outcomeOf(worker, tasks[at]!);
        tell();
      }
    };
    await Promise.all(this.#processes.map(work));
    return outcomes;
  }

  end(): void {
    for (const worker of this.#processes) worker.kill();
  }
}

async function outcomeOf(worker: ChildProcess, task: Task): Promise<unknown> {
  const ended = new AbortController();
  const answered = once(worker, 'message', {signal: ended.signal}) as Promise<[Answer]>;
  const exited = once(worker, 'exit', {signal: ended.signal}).then(([code, signal]): [Answer] => [
    {error: `the process ended with ${code ?? signal}`},
  ]);
  worker.send(task);
  try {
    const [answer] = await Promise.race([answered, exited]);
    if ('outcome' in answer) return answer.outcome;
    throw new Error(`${task.experiment}, ${JSON.stringify(task.setting)}: ${answer.error}`);
  } finally {
    answered.catch(() => {});
    exited.catch(() => {});
    ended.abort();
  }
}
