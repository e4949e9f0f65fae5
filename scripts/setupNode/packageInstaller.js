import {existsSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {bindingFailure, errorLine} from './bindingFailure.js';
import {runWatched} from './runWatched.js';

/** Long enough for a slow compiler, short enough for a firewall that answers nothing. */
const STALL_SECONDS = 90;

/**
 * Lets the package's own installer try, in the staging folder. Resolves to why it did not bring a working binding,
 * or to undefined. Its exit code says little: it may be 0 after a failed download.
 */
export async function packageInstaller(staging) {
  const env = {...process.env, PATH: [...binFolders(staging), process.env.PATH ?? ''].join(delimiter)};
  const run = await runWatched(process.execPath, ['scripts/install.js'], {
    cwd: staging,
    env,
    stallSeconds: STALL_SECONDS,
  });
  if (run.isStalled) return `nothing came for ${STALL_SECONDS} seconds`;
  const failure = await bindingFailure(staging);
  return failure && (errorLine(run.output) ?? failure);
}

/** Where npm would let an install script find the programs of other packages (here node-pre-gyp). */
function binFolders(from) {
  const folders = [];
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const bin = join(folder, 'node_modules', '.bin');
    if (existsSync(bin)) folders.push(bin);
  }
  return folders;
}
