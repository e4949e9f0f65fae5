import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, realpathSync} from 'node:fs';
import {createRequire} from 'node:module';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {SetupError} from './setupError.js';

/**
 * What the way over the Python wheel needs: a Python with pip, a C++ compiler, the headers of Node. All are looked
 * for before anything is downloaded, and one error names everything that is missing.
 */
export function findTools(packageDir) {
  requireCoveredPlatform();
  const python = ['python3', 'python'].find(name => runs([name, '-m', 'pip', '--version']));
  const compiler = [process.env.CXX, 'g++', 'c++', 'clang++']
    .filter(Boolean)
    .map(command => command.split(/\s+/))
    .find(words => runs([...words, '--version']));
  const nodeHeaders = headerFolders(packageDir).find(folder => existsSync(join(folder, 'node_api.h')));

  const missing = [];
  if (!python) {
    missing.push(`- Python 3 with pip, to download the library (${whatRuns('python3')}).
    Debian, Ubuntu: apt-get install python3-pip     Fedora: dnf install python3-pip`);
  }
  if (!compiler) {
    missing.push(`- a C++ compiler: g++, or another one named in CXX.
    Debian, Ubuntu: apt-get install g++     Fedora: dnf install gcc-c++`);
  }
  if (!nodeHeaders) {
    missing.push(`- the headers of Node (node_api.h); they were not in
${headerFolders(packageDir)
  .map(folder => `    ${folder}`)
  .join('\n')}
    Anywhere: npm install --no-save node-api-headers     Debian, Ubuntu: apt-get install libnode-dev`);
  }
  if (missing.length > 0) {
    throw new SetupError(
      `To build the native binding of tfjs-node, install what is missing, and run this again:\n${missing.join('\n')}`,
    );
  }
  return {python, compiler, nodeHeaders};
}

function requireCoveredPlatform() {
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  if (process.platform === 'linux' && process.arch === 'x64' && isGlibc) return;
  const here = `${process.platform} ${process.arch}${process.platform === 'linux' && !isGlibc ? ' without glibc' : ''}`;
  throw new SetupError(
    `The Python wheel brings a library for Linux x64 (glibc) only; this is ${here}. Here tfjs-node can be set up only by\nits own installer, which must reach its server: npm rebuild @tensorflow/tfjs-node --ignore-scripts=false --foreground-scripts`,
  );
}

function runs([command, ...args]) {
  return spawnSync(command, args, {stdio: 'ignore'}).status === 0;
}

function whatRuns(name) {
  return runs([name, '--version']) ? `${name} is here, its pip is not` : `${name} was not found`;
}

/** Any version's headers will do: the binding uses Node-API only, which is stable over versions of Node. */
function headerFolders(packageDir) {
  const prefixes = [
    process.env.npm_config_nodedir,
    dirname(dirname(realpathSync(process.execPath))),
    '/usr/local',
    '/usr',
  ];
  const folders = prefixes.filter(Boolean).map(prefix => join(prefix, 'include', 'node'));
  const nodeGypCache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'node-gyp');
  if (existsSync(nodeGypCache)) {
    folders.push(...readdirSync(nodeGypCache).map(version => join(nodeGypCache, version, 'include', 'node')));
  }
  try {
    folders.push(createRequire(join(packageDir, 'package.json'))('node-api-headers').include_dir);
  } catch {
    // That package is one way of several.
  }
  return [...new Set(folders)];
}
