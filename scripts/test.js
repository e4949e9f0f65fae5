/**
 * Runs the tests once per backend, in processes of their own, as many side by side as there are processors, and ends
 * with the counts of all together.
 *
 *   node scripts/test.js [--backend NAME]... [arguments of mocha]
 *
 * A backend that the machine lacks is skipped with one line; with CI=true or TFJS_INJECT_REQUIRE_ALL=1 that is a
 * failure, and so is a pending test.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromiumCommand} from './browser/chromium.js';
import {bindingFailure} from './setupNode/bindingFailure.js';
import {findTfjsNode} from './setupNode/findTfjsNode.js';
import {build} from './test/build.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
const reporter = fileURLToPath(new URL('test/countingReporter.js', import.meta.url));
const inBrowser = fileURLToPath(new URL('test/runInBrowser.js', import.meta.url));

/** For each backend, why it cannot run here. */
const backends = {
  cpu: () => undefined,
  tensorflow: async () => {
    const failure = await nativeFailure();
    return failure && `get it with npm run setup:node (${failure})`;
  },
  wasm: () => undefined,
  webgl: chromiumLack,
  webgpu: chromiumLack,
};
/** What the WebAssembly backend runs, which lacks some gradients: all that depends on where an update's data is. */
const wasmFiles = [
  ...['test/rules', 'test/plugins'],
  ...['update', 'inPlace', 'point', 'counters'].map(name => `test/inject/${name}.test.ts`),
  ...['readings', 'equivalents'].map(name => `test/contract/${name}.test.ts`),
];
/** Those whose tests are in test/browser. */
const browserBackends = ['webgl', 'webgpu'];

const {env} = process;
const mustHaveAll = env.CI === 'true' || env.TFJS_INJECT_REQUIRE_ALL === '1';
const {chosen, mochaArguments} = readArguments(process.argv.slice(2));
const total = {passes: 0, failures: 0, pending: 0};

build();
const present = [];
for (const backend of chosen) {
  const lack = await backends[backend]();
  if (lack === undefined) present.push(backend);
  else if (mustHaveAll) add({failures: 1}, `FAILED: no tests on the backend ${backend}: ${lack}`);
  else console.log(`\n*** SKIPPED: no tests on the backend ${backend}: ${lack}`);
}
const jobs = present
  .filter(backend => !browserBackends.includes(backend))
  .flatMap(backend => partsOf(backend).map(part => ({backend, ...part})));
await inTurn(jobs, Math.max(2, availableParallelism()));
// A GPU in software takes all cores: it has them for itself.
await inTurn(
  present.filter(backend => browserBackends.includes(backend)).map(backend => ({backend, words: []})),
  1,
);
if (total.passes + total.failures === 0) console.log('\nNo test ran.');
console.log(
  `\n${total.passes} passed, ${total.failures} failed${total.pending > 0 ? `, ${total.pending} skipped` : ''}`,
);
process.exitCode = total.passes > 0 && total.failures === 0 ? 0 : 1;

function readArguments(words) {
  const chosen = [];
  const mochaArguments = [];
  while (words.length > 0) {
    const word = words.shift();
    const isOurs = word === '--backend' || word.startsWith('--backend=');
    if (!isOurs) mochaArguments.push(word);
    else chosen.push(word.split('=')[1] ?? words.shift());
  }
  const unknown = chosen.find(name => !Object.hasOwn(backends, name));
  if (chosen.includes(undefined) || unknown !== undefined) {
    console.error(
      `--backend must be one of ${Object.keys(backends).join(', ')}; received ${unknown ?? 'nothing'}.`,
    );
    process.exit(2);
  }
  return {chosen: chosen.length > 0 ? chosen : Object.keys(backends), mochaArguments};
}

/** What one process each runs: all that is named; else the battery of all optimizers and plugins, and all other tests. */
function partsOf(backend) {
  const areNamed = mochaArguments.some(word => existsSync(join(root, word)));
  if (areNamed) return [{words: []}];
  if (backend === 'wasm') return [{words: wasmFiles}];
  return [
    {name: 'contract', words: ['test/contract']},
    {name: 'the others', words: ['--ignore', 'test/contract/**']},
  ];
}

/** The first shows what it does, the others when they are done. */
async function inTurn(jobs, most) {
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) add((await runOn(job, job === jobs[0]))());
  };
  await Promise.all(Array.from({length: most}, work));
}

function chromiumLack() {
  return chromiumCommand() ? undefined : 'install Chromium, or name it in CHROMIUM_PATH';
}

async function nativeFailure() {
  try {
    return await bindingFailure(findTfjsNode());
  } catch (error) {
    return error.message;
  }
}

/** Runs tests on one backend, and resolves to a function that shows what was not shown and gives the counts. */
async function runOn({backend, name, words}, isShown) {
  const title = `\n=== backend: ${backend}, Node ${process.version}${name ? `: ${name}` : ''}`;
  if (isShown) console.log(title);
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-inject-test-'));
  try {
    const counts = join(folder, 'counts.json');
    const strict = mustHaveAll ? ['--forbid-only', '--forbid-pending'] : [];
    const command = browserBackends.includes(backend)
      ? [inBrowser, backend, counts]
      : [mocha, '--reporter', reporter, '--reporter-option', `counts=${counts}`, ...words];
    const child = spawn(process.execPath, [...command, ...strict, ...mochaArguments], {
      cwd: root,
      stdio: isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      env: {...env, TFJS_INJECT_BACKEND: backend},
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', piece => output.push(piece));
    const [status] = await once(child, 'close');
    const seen = readCounts(counts);
    return () => {
      if (!isShown) console.log(title);
      for (const piece of output) process.stdout.write(piece);
      // Mocha may end badly with no failed test, for example where a test file cannot be read.
      return status === 0 || seen.failures > 0 ? seen : {...seen, failures: 1};
    };
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {failures: 1};
  }
}

function add({passes = 0, failures = 0, pending = 0}, line) {
  total.passes += passes;
  total.failures += failures;
  total.pending += pending;
  if (line) console.log(`\n${line}`);
}
