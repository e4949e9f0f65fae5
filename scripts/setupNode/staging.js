import {cpSync, existsSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {bindingFailure} from './bindingFailure.js';
import {SetupError} from './setupError.js';

/** What an installed binding consists of, beyond the files that npm unpacked. */
const MADE_FOLDERS = ['deps', 'lib'];

/**
 * Runs `action` with a copy of the package, without a binding, that stands beside the package: what the package
 * requires is found from there too, and renaming stays within one file system. The copy is removed however the
 * action ends.
 */
export async function withStaging(packageDir, action) {
  const parent = dirname(packageDir);
  const staging = join(parent, stagingPrefix(packageDir) + process.pid);
  const remove = () => rmSync(staging, {recursive: true, force: true, maxRetries: 5});
  const exitCodes = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129};
  for (const [signal, code] of Object.entries(exitCodes)) process.once(signal, () => process.exit(code));
  process.once('exit', remove);
  try {
    cpSync(packageDir, staging, {
      recursive: true,
      filter: path => !MADE_FOLDERS.some(folder => path === join(packageDir, folder)),
    });
    await action(staging);
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
    throw new SetupError(`${parent} must be writable for the user who runs this (${error.message}).`);
  } finally {
    remove();
  }
}

/** Moves a binding that was seen to work into the package, and looks again. */
export async function publish(staging, packageDir) {
  const failure = await bindingFailure(staging);
  if (failure) throw new SetupError(`The binding was built, but it does not work: ${failure}`);
  for (const folder of MADE_FOLDERS) {
    // What stood there did not work. Killed between two of these moves, the package has no binding: the next
    // run sees that and starts over.
    if (existsSync(join(packageDir, folder)))
      renameSync(join(packageDir, folder), join(staging, `old-${folder}`));
  }
  for (const folder of MADE_FOLDERS) renameSync(join(staging, folder), join(packageDir, folder));
  const moved = await bindingFailure(packageDir);
  if (moved) throw new SetupError(`The binding works in ${staging}, but not in its place: ${moved}`);
}

/** Removes the copies that killed runs left beside the package. */
export function removeLeftovers(packageDir) {
  const parent = dirname(packageDir);
  const prefix = stagingPrefix(packageDir);
  for (const name of readdirSync(parent).filter(name => name.startsWith(prefix))) {
    if (isRunning(Number(name.slice(prefix.length)))) continue;
    console.log(`    removing what an interrupted run left: ${name}`);
    rmSync(join(parent, name), {recursive: true, force: true, maxRetries: 5});
  }
}

/** Begins with a dot: npm and its like pass such folders over. */
function stagingPrefix(packageDir) {
  return `.${basename(packageDir)}-setup-`;
}

function isRunning(pid) {
  if (!pid || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
