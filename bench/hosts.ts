import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

/** What a run on one backend is told. */
export interface Assignment {
  readonly backend: string;
  readonly pairs: number;
  readonly isQuick: boolean;
  readonly only?: readonly string[];
  /** The command of a Python with torch or optax. */
  readonly python?: string;
  /** Where its result is to be written. */
  readonly file: string;
}

/** Runs all cases on a backend, and resolves to whether that went well. */
export type Host = (assignment: Assignment) => Promise<boolean>;

/** Who runs each backend. What stands here is all that the bench knows of backends. */
export const hosts: Readonly<Record<string, Host>> = {
  tensorflow: inNode,
  wasm: inNode,
  cpu: inNode,
};

async function inNode(assignment: Assignment): Promise<boolean> {
  const script = fileURLToPath(new URL('runBackend.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(assignment)], {
    stdio: 'inherit',
  });
  const [status] = await once(child, 'close');
  return status === 0;
}
