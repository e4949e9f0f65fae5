import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {root} from './root.js';

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
  webgl: inBrowser,
  webgpu: inBrowser,
};

function inNode(assignment: Assignment): Promise<boolean> {
  return run(fileURLToPath(new URL('runBackend.js', import.meta.url)), assignment);
}

function inBrowser(assignment: Assignment): Promise<boolean> {
  return run(join(root, 'scripts/bench/runInBrowser.js'), assignment);
}

async function run(script: string, assignment: Assignment): Promise<boolean> {
  const child = spawn(process.execPath, [script, JSON.stringify(assignment)], {
    stdio: 'inherit',
  });
  const [status] = await once(child, 'close');
  return status === 0;
}
