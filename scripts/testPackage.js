/**
 * Packs the package, installs it into empty projects, and trains in each: the tests of test/package, which need npm's
 * registry or what npm has of it in its cache. Ends with their counts.
 *
 *   node scripts/testPackage.js [arguments of mocha]
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from './test/build.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const areNamed = words.some(word => existsSync(join(root, word)));
const mustHaveAll = process.env.CI === 'true' || process.env.TFJS_INJECT_REQUIRE_ALL === '1';

build();
const folder = mkdtempSync(join(tmpdir(), 'tfjs-inject-test-'));
try {
  const counts = join(folder, 'counts.json');
  const {status} = spawnSync(
    process.execPath,
    [
      'node_modules/mocha/bin/mocha.js',
      ...['--config', 'test/package/mocharc.json'],
      ...['--reporter', 'scripts/test/countingReporter.js', '--reporter-option', `counts=${counts}`],
      ...(mustHaveAll ? ['--forbid-only', '--forbid-pending'] : []),
      ...(areNamed ? words : ['test/package', ...words]),
    ],
    {cwd: root, stdio: 'inherit'},
  );
  const {
    passes = 0,
    failures,
    pending = 0,
  } = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : {failures: 1};
  const failed = status === 0 ? failures : Math.max(failures, 1);
  console.log(`\n${passes} passed, ${failed} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  process.exitCode = passes > 0 && failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, {recursive: true, force: true});
}
