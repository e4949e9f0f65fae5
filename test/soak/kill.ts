import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const trainee = fileURLToPath(new URL('trainee.mjs', import.meta.url));

export const stacks = ['Ranger', 'averaged', 'Heun', 'accumulating', 'SAM', 'Muon'] as const;
export type Stack = (typeof stacks)[number];

/** What a trainee said last when it was killed, or that it came to its end. */
interface Life {
  readonly end: string | undefined;
  readonly last: string;
}

/** A training of its own process after the other, each killed at a random moment but the last. */
export interface Killed {
  /** Step count and bits of all weights. */
  readonly end: string;
  /** Of the kills, how many fell between `save` and `saved`. */
  readonly inSave: number;
  readonly kills: number;
}

/** What an undisturbed training says at its end. */
export async function undisturbed(backend: string, stack: Stack): Promise<string> {
  return (await withFolder(folder => live(backend, stack, folder, undefined))).end!;
}

/** Kills a training `kills` times, unless it ends before. */
export async function killed(
  backend: string,
  stack: Stack,
  kills: number,
  random: () => number,
): Promise<Killed> {
  return withFolder(async folder => {
    let [done, inSave] = [0, 0];
    for (;;) {
      // Its end must be out of reach of the kills, or there is nothing to go on with.
      const moment = done < kills ? {line: 1 + Math.floor(random() * 40), delay: random() * 6} : undefined;
      const {end, last} = await live(backend, stack, folder, moment);
      if (end !== undefined) return {end, inSave, kills: done};
      done++;
      if (last === 'save') inSave++;
    }
  });
}

async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-inject-kill-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function live(
  backend: string,
  stack: Stack,
  folder: string,
  moment: {line: number; delay: number} | undefined,
): Promise<Life> {
  const child: ChildProcess = spawn(process.execPath, [trainee, backend, stack, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: Buffer[] = [];
  child.stderr!.on('data', piece => errors.push(piece));
  let lines = 0;
  let last = '';
  let end: string | undefined;
  const reader = createInterface({input: child.stdout!});
  reader.on('line', line => {
    last = line;
    if (line.startsWith('done ')) end = line.slice('done '.length);
    if (++lines === moment?.line) setTimeout(() => child.kill('SIGKILL'), moment.delay);
  });
  const [code, signal] = await once(child, 'close');
  if (end === undefined && signal !== 'SIGKILL')
    throw new Error(`the trainee ended by itself, with ${code}: ${Buffer.concat(errors)}`);
  return {end, last};
}
