import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {hosts} from './hosts.js';
import {parseOptions} from './options.js';
import {writeReport} from './report/writeReport.js';
import {type BackendResult, resultText, withOthers} from './results.js';
import {root} from './root.js';

const options = parseOptions(process.argv);
const isCommitted = options.out === undefined && !options.quick;
const folder = options.out ?? join(root, options.quick ? 'out/bench' : 'bench/results');
mkdirSync(folder, {recursive: true});

const failed: string[] = [];
const readResult = (file: string): BackendResult => JSON.parse(readFileSync(file, 'utf8'));
for (const backend of options.report ? [] : options.backend) {
  const file = join(folder, `${backend}.json`);
  const former = options.only && existsSync(file) ? readResult(file) : undefined;
  const succeeded = await hosts[backend]!({
    backend,
    pairs: options.pairs,
    isQuick: options.quick ?? false,
    only: options.only,
    python: options.peers,
    file,
  });
  if (!succeeded) failed.push(backend);
  else if (former) writeFileSync(file, resultText(withOthers(readResult(file), former)));
}

const page = isCommitted ? join(root, 'docs/bench.md') : join(folder, 'bench.md');
await writeReport(folder, page);
console.log(`\nWritten: ${folder}, ${page}`);
if (failed.length > 0) {
  console.error(`FAILED: ${failed.join(', ')}; what stands there is of a former run, if anything.`);
  process.exitCode = 1;
}
