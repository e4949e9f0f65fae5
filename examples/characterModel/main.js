import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {startBackend} from './backend.js';
import {drawLosses} from './chart.js';
import {bestOf, compare} from './compare.js';
import {describeRun, formatPairs} from './describe.js';
import {makeModel, sampleText} from './model.js';
import {makePage} from './page.js';
import {rows} from './rows.js';
import {chooseWorkload, parseOptions} from './settings.js';
import {formatTable, makeTable, tableNote} from './table.js';
import {readText} from './text.js';
import {UserError} from './userError.js';
import {Windows} from './windows.js';

async function main() {
  const options = parseOptions(process.argv);
  const {text, source} = await readText(options.text);
  await makeFolder(options.out);
  const backend = await startBackend(options.backend);
  const workload = chooseWorkload(options, backend.name);
  const windows = new Windows(text);
  const initial = makeModel(windows.vocabulary.length, options.seed);
  const settings = describeRun({source, windows, model: initial, backend, workload, options});
  console.log(`${formatPairs(settings)}\n`);

  const rates = {sgd: options.learningRate, adam: options.adamLearningRate};
  const results = await compare(rows, {initial, windows, workload, rates, seed: options.seed});
  const table = makeTable(results);
  console.log(`\n${formatTable(table)}\n\n${tableNote}`);

  const sample = sampleOf(bestOf(results), windows, options.seed);
  if (sample)
    console.log(`\nText by the best model (${sample.name}):\n\n${sample.text.replace(/^/gm, '  ')}`);

  const svg = await drawLosses(results);
  const page = makePage({svg, table, note: tableNote, settings, sample});
  const picture = await writeOut(options.out, 'losses.svg', svg);
  const report = await writeOut(options.out, 'report.html', page);
  console.log(`\nWritten: ${picture} and ${report}`);
}

/** Lets the best model go on from where the held-out text begins. */
function sampleOf(best, windows, seed) {
  if (best === undefined) return undefined;
  const start = windows.validationStarts[0];
  return {name: best.name, text: sampleText(best.model, windows, {start, length: 300, seed})};
}

/** Before the training, so that a bad --out costs nobody a minute. */
async function makeFolder(folder) {
  try {
    await mkdir(folder, {recursive: true});
  } catch (error) {
    throw new UserError(`the folder ${folder} cannot be made: ${error.message}`);
  }
}

async function writeOut(folder, name, content) {
  const path = join(folder, name);
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${error.message}`);
  }
  return path;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
