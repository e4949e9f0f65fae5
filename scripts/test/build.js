import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Makes `dist`: some tests look at the package as users get it. Ends the process where that fails. */
export function build() {
  const {status, error} = spawnSync(process.execPath, ['scripts/build.js'], {cwd: root, stdio: 'inherit'});
  if (status === 0) return;
  console.error(`The build failed${error ? `: ${error.message}` : ''}.`);
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
