import {spawnSync} from 'node:child_process';

/** Runs npm in a folder, from what it has in its cache where it can, and gives what it prints. */
export function npm(folder: string, ...words: string[]): string {
  const env = {...process.env};
  // Where npm runs us it tells a further npm that it is in this project's folder.
  delete env.npm_config_local_prefix;
  // There it also names itself: the PATH need not have it.
  const [command, ...first] = env.npm_execpath ? [process.execPath, env.npm_execpath] : ['npm'];
  const quick = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const {status, stdout, stderr} = spawnSync(command!, [...first, ...words, ...quick], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`npm ${words.join(' ')} failed: ${stderr}${stdout}`);
  return stdout;
}
