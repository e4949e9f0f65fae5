/** Makes `dist` anew: the modules with their types, and the one file for pages. */
import {spawnSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {buildPageFile} from './build/pageFile.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

// What a source that is no more has left there would be packed.
rmSync(join(root, 'dist'), {recursive: true, force: true});
const {status} = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (status === 0) await buildPageFile(join(root, 'dist', 'tfjs-inject.min.js'));
process.exitCode = status ?? 1;
