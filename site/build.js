/**
 * Builds the site into out/site: `node site/build.js`. SITE_BASE is the path below which a server will have it, `/` where it is not given.
 * `node site/build.js dev` makes the same pages and serves them, with each change of a page as it is written.
 */
import {spawnSync} from 'node:child_process';
import {cpSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {writeApi} from './api/writeApi.js';
import {linkedSources} from './linkedSources.js';
import {base, finished, made, root} from './paths.js';
import {writeSources} from './writeSources.js';

const words = process.argv.slice(2);
const command = words[0] === 'dev' ? words.shift() : 'build';

await writeApi(join(root, made, 'api'));
// A server of pages in work finds them there, a finished site has its own.
await writeSources(join(root, made, 'public', 'source'), linkedSources(), base);

const folderOf = name => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

// The playground's.
const wasm = join(folderOf('@tensorflow/tfjs-backend-wasm'), 'dist');
for (const file of readdirSync(wasm).filter(name => name.endsWith('.wasm')))
  cpSync(join(wasm, file), join(root, made, 'public', 'wasm', file));

const vitepress = join(folderOf('vitepress'), 'bin', 'vitepress.js');
const {status} = spawnSync(process.execPath, [vitepress, command, 'site', ...words], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0 && command === 'build')
  cpSync(join(root, made, 'public'), join(root, finished), {recursive: true});
process.exitCode = status ?? 1;
