import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The project's folder: the bench runs compiled, from a folder inside it. */
export const root = rootOf(fileURLToPath(import.meta.url));

function rootOf(path: string): string {
  const folder = dirname(path);
  return existsSync(join(folder, 'package.json')) ? folder : rootOf(folder);
}
