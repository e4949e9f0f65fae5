import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {TemporaryFolder} from '../support/temporaryFolder.js';
import {npm} from './npm.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let made: {tarball: string; files: string[]} | undefined;

/** The package as `npm publish` would send it, made once: the file, and the names in it. */
export function packed(): {tarball: string; files: string[]} {
  made ??= pack();
  return made;
}

function pack() {
  const folder = new TemporaryFolder();
  process.once('exit', () => folder.remove());
  const [{filename, files}] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder.path));
  return {
    tarball: join(folder.path, filename),
    files: (files as {path: string}[]).map(({path}) => path).sort(),
  };
}
