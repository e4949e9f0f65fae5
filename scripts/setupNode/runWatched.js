import {spawn} from 'node:child_process';
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {SetupError} from './setupError.js';

const PROGRESS_SECONDS = 5;

/**
 * Runs a program to its end and prints every few seconds how much it has brought into `watchedDir`. Where
 * `stallSeconds` is given, a program that has brought nothing for so long is ended with all its children.
 * Resolves to what it printed and to how it ended.
 */
export function runWatched(
  command,
  args,
  {cwd, env = process.env, watchedDir = cwd, stallSeconds = Infinity},
) {
  // A process group of its own, so that the installer's children (make, g++) can be ended with it.
  const canGroup = process.platform !== 'win32';
  const child = spawn(command, args, {cwd, env, detached: canGroup, stdio: ['ignore', 'pipe', 'pipe']});
  const end = () => {
    try {
      if (child.pid) process.kill(canGroup ? -child.pid : child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };

  const started = Date.now();
  let size = folderSize(watchedDir);
  let grown = started;
  let isStalled = false;
  const progress = setInterval(() => {
    const now = folderSize(watchedDir);
    if (now !== size) grown = Date.now();
    size = now;
    console.log(`    ${Math.round((Date.now() - started) / 1000)} s, ${Math.round(size / 1e6)} MB`);
    if (Date.now() - grown > stallSeconds * 1000) {
      isStalled = true;
      end();
    }
  }, PROGRESS_SECONDS * 1000);
  // Before the listener that removes the staging folder, which the program would go on writing into.
  process.prependListener('exit', end);

  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output = (output + text).slice(-20_000);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({code, signal, isStalled, output}));
  }).finally(() => {
    clearInterval(progress);
    process.off('exit', end);
  });
}

/** Runs a program that has to succeed; where it does not, its output is shown, and the `hint`. */
export async function runOrThrow(what, command, args, {hint = '', ...options}) {
  console.log(`    ${what} …`);
  const {code, signal, output} = await runWatched(command, args, options);
  if (code === 0) return;
  const end = `${what} failed: ${command} ended by ${signal ?? `exit code ${code}`}.`;
  throw new SetupError([output, end, hint].filter(Boolean).join('\n'));
}

function folderSize(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) bytes += folderSize(path);
      else if (entry.isFile()) bytes += statSync(path).size;
    } catch {
      // Gone since it was listed: the program that is watched moves its files.
    }
  }
  return bytes;
}
