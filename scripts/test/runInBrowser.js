/**
 * Runs the tests of test/browser in Chromium, on one backend, and writes their counts as JSON.
 *
 *   node scripts/test/runInBrowser.js BACKEND COUNTS_FILE [--grep PATTERN] [--forbid-only] [--forbid-pending] [PATH]...
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {build} from 'esbuild';
import {withPage} from '../browser/chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join('test', 'browser');
const page = `<!doctype html>
<title>Tests of tfjs-inject</title>
<link rel="icon" href="data:,">
<script src="/mocha.js"></script>
<script type="module" src="/tests.js"></script>`;

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
  const script = await bundle(
    ['./test/browser/setup.ts', ...files.map(file => `./${file}`), './test/browser/run.ts']
      .map(file => `import '${file}';`)
      .join('\n'),
  );
  const server = await serve({
    ...(await recipe('webWorker')),
    '/': {type: 'text/html', text: page},
    '/mocha.js': {type: 'text/javascript', text: readFileSync(join(root, 'node_modules/mocha/mocha.js'))},
    '/tests.js': {type: 'text/javascript', text: script},
  });
  try {
    return await withPage(browserPage => follow(browserPage, server.address().port));
  } finally {
    server.close();
  }
}

/** The files of a recipe for the browser: its fences that bear a file's name, bundled as a reader would. */
async function recipe(name) {
  const text = readFileSync(join(root, 'docs', 'recipes', `${name}.md`), 'utf8');
  const files = {};
  for (const [, kind, file, code] of text.matchAll(/^```(js|html) (\S+)\n(.*?)^```/gms)) {
    files[`/${name}/${file}`] =
      kind === 'js' ? {type: 'text/javascript', text: await bundle(code)} : {type: 'text/html', text: code};
  }
  return files;
}

async function bundle(contents) {
  const {outputFiles} = await build({
    stdin: {contents, resolveDir: root},
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The package says that its files have no side effects; those of tests are what is wanted.
    ignoreAnnotations: true,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

async function serve(files) {
  const server = createServer(({url}, response) => {
    const file = files[new URL(url, 'http://localhost').pathname];
    response.writeHead(file ? 200 : 404, {'content-type': `${file?.type ?? 'text/plain'};charset=utf-8`});
    response.end(file?.text);
  });
  await new Promise(resolve => server.listen(0, 'localhost', resolve));
  return server;
}

/** Shows what the page reports, until its end. */
async function follow(browserPage, port) {
  let tell;
  const end = new Promise((resolve, reject) => {
    let silence;
    tell = ({line, counts}) => {
      clearTimeout(silence);
      silence = setTimeout(() => reject(new Error('the page has told nothing for five minutes')), 300_000);
      if (line !== undefined) console.log(line);
      if (!counts) return;
      clearTimeout(silence);
      resolve(counts);
    };
    tell({});
    browserPage.on('pageerror', reject);
    browserPage.on('crash', () => reject(new Error('the page crashed')));
  });
  browserPage.on('console', message => console.log(`    [${message.type()}] ${message.text()}`));
  await browserPage.exposeFunction('report', event => tell(event));
  const query = new URLSearchParams({backend, ...values});
  await browserPage.goto(`http://localhost:${port}/?${query}`);
  return end;
}
