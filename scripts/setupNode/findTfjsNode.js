import {existsSync, realpathSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {SetupError} from './setupError.js';

/** The folder of the installed @tensorflow/tfjs-node: the given one, else that of the project in which we stand. */
export function findTfjsNode(given) {
  if (given !== undefined) {
    if (existsSync(join(given, 'package.json'))) return realpathSync(given);
    throw new SetupError(
      `--package must be the folder of an installed @tensorflow/tfjs-node; there is no package in ${resolve(given)}.`,
    );
  }
  // Run by npx, this file may stand in a cache, far from the project: the current folder goes first.
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve('@tensorflow/tfjs-node/package.json'));
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new SetupError(
    '@tensorflow/tfjs-node is not installed here. Install it first: npm install @tensorflow/tfjs-node',
  );
}
