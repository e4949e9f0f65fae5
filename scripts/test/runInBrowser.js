/**
 * Runs the tests of test/browser in Chromium, on one backend, and writes their counts as JSON.
 *
 *   node scripts/test/runInBrowser.js BACKEND COUNTS_FILE [--grep PATTERN] [--forbid-only] [--forbid-pending] [PATH]...
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {bundle} from '../browser/bundle.js';
import {runPage} from '../browser/runPage.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join('test', 'browser');

const {TFJS_INJECT_SEED: seed} = process.env;
const [backend, countsFile, ...words] = process.argv.slice(2);
const {values, positionals} = parseArgs({
  args: words,
  strict: false,
  options: {
    grep: {type: 'string', short: 'g'},
    'forbid-only': {type: 'boolean'},
    'forbid-pending': {type: 'boolean'},
  },
});

const files = testFiles(positionals);
const counts = files.length > 0 ? await run(files) : {passes: 0, failures: 0, pending: 0};
writeFileSync(countsFile, JSON.stringify(counts));
process.exitCode = counts.failures > 0 ? 1 : 0;

/** All test files, or those which the paths name. */
function testFiles(paths) {
  const all = readdirSync(join(root, folder), {recursive: true})
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join(folder, name));
  const named = paths.map(path => relative(root, join(process.cwd(), path)));
  return paths.length > 0 ? all.filter(file => named.some(path => `${file}/`.startsWith(`${path}/`))) : all;
}

async function run(files) {
  return runPage({
    title: 'Tests of tfjs-inject',
    scripts: {'mocha.js': readFileSync(join(root, 'node_modules/mocha/mocha.js'), 'utf8')},
    modules: ['test/browser/setup.ts', ...files, 'test/browser/run.ts'],
    files: {...(await recipe('webWorker')), ...(await trainee())},
    // That of a browser's extension: no text is evaluated, and no WebAssembly compiled.
    policy: "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    query: new URLSearchParams({backend, ...values, ...(seed && {seed})}),
    follow({line, counts}) {
      if (line !== undefined) console.log(line);
      return counts;
    },
  });
}

/** A page that trains in a tab of its own. */
async function trainee() {
  return {
    '/trainee/': {
      type: 'text/html',
      text: '<!doctype html><script type="module" src="/trainee/page.js"></script>',
    },
    '/trainee/page.js': {type: 'text/javascript', text: await bundle("import './test/browser/trainee.ts';")},
  };
}

/** The files of a recipe for the browser: its fences that bear a file's name, bundled as a reader would. */
async function recipe(name) {
  const text = readFileSync(join(root, 'docs', 'recipes', `${name}.md`), 'utf8');
  const found = {};
  for (const [, kind, file, code] of text.matchAll(/^```(js|html) (\S+)\n(.*?)^```/gms)) {
    found[`/${name}/${file}`] =
      kind === 'js' ? {type: 'text/javascript', text: await bundle(code)} : {type: 'text/html', text: code};
  }
  return found;
}
