/** The long counts: kills, inputs of any kind, many steps, a large checkpoint. Writes docs/soak.md and its plot. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {SingleBar} from 'cli-progress';
import {Command} from 'commander';
import {svgOf} from '../../bench/report/svgOf.js';
import {seededSource} from '../../src/inject/randomness.js';
import {fuzz} from './fuzz.js';
import {killed, stacks, undisturbed} from './kill.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const backends = ['cpu', 'tensorflow'];

const options = new Command('npm run soak --')
  .description('Runs what takes too long for npm test, and writes docs/soak.md.')
  .option('--seed <number>', 'of all that is random', Number, 1)
  .option('--hours <number>', 'goes on with further seeds until they are over', Number, 0)
  .option('--kills <number>', 'on each backend', Number, 100)
  .option('--inputs <number>', 'of any kind', Number, 50_000)
  .option('--steps <number>', 'of the heaviest stack, on each backend', Number, 20_000)
  .option('--rounds <number>', 'of the large checkpoint, on each backend', Number, 5)
  .option('--out <folder>', 'where to write', join(root, 'docs'))
  .parse()
  .opts<{
    seed: number;
    hours: number;
    kills: number;
    inputs: number;
    steps: number;
    rounds: number;
    out: string;
  }>();

interface Sample {
  readonly backend: string;
  readonly step: number;
  readonly tensors: number;
  readonly bytes: number;
  readonly resident: number;
}

interface Large {
  readonly weights: number;
  readonly sizeRatio: number;
  readonly saveRatio: number;
  readonly loadRatio: number;
}

tf.env().set('PROD', true);
const end = Date.now() + options.hours * 3_600_000;
const kills: {backend: string; stack: string; kills: number; inSave: number; same: number}[] = [];
const inputs: Record<string, {tried: number; refused: number}> = {};
let rounds = 0;
// They take no notice of time, and each has a process of its own.
const running = Promise.all(backends.map(longRun));
running.catch(() => {});
do {
  const seed = options.seed + rounds++;
  for (const backend of backends) await killAll(backend, seed);
  await fuzzAll(seed);
} while (Date.now() < end);
const samples: Sample[] = (await running).flat();
const large: [string, Large][] = [];
for (const backend of backends) {
  const [line] = await linesOf([here('largeCheckpoint.mjs'), backend, String(options.rounds)]);
  large.push([backend, JSON.parse(line!)]);
}
mkdirSync(join(options.out, 'plots'), {recursive: true});
writeFileSync(join(options.out, 'plots', 'soak.svg'), await plot());
writeFileSync(join(options.out, 'soak.md'), page());
console.log(`\nWritten: ${join(options.out, 'soak.md')}`);
const isWhole = kills.every(row => row.kills === row.same) && samplesAreFlat();
process.exitCode = isWhole ? 0 : 1;

/** Each stack in its turn, a few kills to a training, until all are done. */
async function killAll(backend: string, seed: number): Promise<void> {
  const wanted = new Map<string, string>();
  const rows = stacks.map(stack => ({backend, stack, kills: 0, inSave: 0, same: 0}));
  const bar = barOf(`kills on ${backend}`, options.kills);
  for (let i = 0, done = 0; done < options.kills; i++) {
    const row = rows[i % rows.length]!;
    if (!wanted.has(row.stack)) wanted.set(row.stack, await undisturbed(backend, row.stack));
    const most = Math.min(4, options.kills - done);
    const life = await killed(backend, row.stack, most, seededSource(seed, i, backends.indexOf(backend)));
    const isSame = life.end === wanted.get(row.stack);
    if (!isSame)
      console.error(`\n${backend}, ${row.stack}, number ${i} of seed ${seed} ended with other bits`);
    row.kills += life.kills;
    row.inSave += life.inSave;
    row.same += isSame ? life.kills : 0;
    done += life.kills;
    bar.update(done);
  }
  bar.stop();
  for (const row of rows) {
    const former = kills.find(each => each.backend === backend && each.stack === row.stack);
    if (!former) kills.push(row);
    else for (const name of ['kills', 'inSave', 'same'] as const) former[name] += row[name];
  }
}

async function fuzzAll(seed: number): Promise<void> {
  await tf.setBackend('cpu');
  const {warn} = console;
  console.warn = () => {};
  const bar = barOf('inputs', options.inputs);
  const counts = await fuzz(options.inputs, seed, done => bar.update(done));
  bar.stop();
  console.warn = warn;
  for (const [kind, {tried, refused}] of Object.entries(counts)) {
    inputs[kind] ??= {tried: 0, refused: 0};
    inputs[kind].tried += tried;
    inputs[kind].refused += refused;
  }
}

async function longRun(backend: string): Promise<Sample[]> {
  const words = ['--expose-gc', here('longRun.mjs'), backend, String(options.steps)];
  const lines = await linesOf(words);
  return lines.map(line => ({backend, ...JSON.parse(line)}));
}

/** What a process of Node's prints as JSON, line by line. */
async function linesOf(words: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, words, {stdio: ['ignore', 'pipe', 'inherit'], cwd: root});
  const lines: string[] = [];
  createInterface({input: child.stdout}).on('line', line => {
    if (line.startsWith('{')) lines.push(line);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`);
  return lines;
}

function barOf(title: string, total: number): SingleBar {
  const bar = new SingleBar({format: `${title.padEnd(20)} {bar} {value} of {total}`, noTTYOutput: false});
  bar.start(total, 0);
  return bar;
}

/** Of the last three quarters: what Lookahead holds between two syncs is not there after one, so equal places are compared. */
function growthOf(backend: string): {tensors: number; bytes: number; resident: number} {
  const own = samples.filter(sample => sample.backend === backend);
  const last = own.slice(Math.floor(own.length / 4));
  const range = (name: 'tensors' | 'bytes') => {
    const values = last.map(sample => sample[name]);
    return Math.max(...values) - Math.min(...values);
  };
  const mean = (some: Sample[]) => some.reduce((sum, {resident}) => sum + resident, 0) / some.length;
  const tenth = Math.max(1, Math.floor(last.length / 10));
  const resident = mean(last.slice(-tenth)) / mean(last.slice(0, tenth)) - 1;
  return {tensors: range('tensors'), bytes: range('bytes'), resident};
}

function samplesAreFlat(): boolean {
  return backends
    .map(growthOf)
    .every(({tensors, bytes, resident}) => tensors === 0 && bytes === 0 && resident < 0.01);
}

function plot(): Promise<string> {
  const values = samples.map(({backend, step, resident}) => ({backend, step, resident: resident / 2 ** 20}));
  return svgOf({
    width: 560,
    height: 220,
    data: {values},
    mark: {type: 'line', strokeWidth: 1.5},
    encoding: {
      x: {field: 'step', type: 'quantitative', title: 'step'},
      y: {field: 'resident', type: 'quantitative', title: 'resident memory, MiB', scale: {zero: true}},
      color: {field: 'backend', type: 'nominal', title: null},
    },
  });
}

function page(): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const table = (head: string[], rows: (string | number)[][]) =>
    [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  const sum = (name: 'kills' | 'inSave' | 'same') => kills.reduce((total, row) => total + row[name], 0);
  const tried = Object.values(inputs).reduce((total, each) => total + each.tried, 0);
  const {version} = process;
  return `# Soak

Made by \`npm run soak -- --seed ${options.seed}\` on Node ${version}; no number here was written by hand. \`npm test\` runs a sample of each.

## Kills

A training process is killed (SIGKILL) at random moments and started again, until it comes to its end: the weights must have the bits of a training that was never killed. It saves after each batch.
${sum('kills')} kills, of which ${sum('inSave')} fell into a save; ${sum('same')} of them in trainings that came to the same bits.

${table(
  ['backend', 'stack', 'kills', 'within a save', 'same bits'],
  kills.map(row => [row.backend, row.stack, row.kills, row.inSave, row.same]),
)}

## Inputs of any kind

${tried.toLocaleString('en')} inputs by a property-test library: each is refused with a code or runs as it should, leaves no tensor, and changes no prototype. An injection without plugins must change no bit on any topology, a damaged
checkpoint must be refused or be of no account, a hostile one has a checksum that agrees.

${table(
  ['kind', 'tried', 'refused'],
  Object.entries(inputs).map(([kind, each]) => [kind, each.tried, each.refused]),
)}

## ${options.steps.toLocaleString('en')} steps

SAM around Heun with a clip, a guard, constraints, Lookahead, EMA, SWA and a Monitor, on a model with BatchNorm and dropout: what is in memory over the last three quarters.

${table(
  ['backend', 'tensors', 'bytes', 'resident memory'],
  backends.map(backend => {
    const {tensors, bytes, resident} = growthOf(backend);
    return [
      backend,
      `+${tensors}`,
      `+${bytes}`,
      `${resident < 0 ? '−' : '+'}${Math.abs(resident * 100).toFixed(2)} %`,
    ];
  }),
)}

![Resident memory over the steps](plots/soak.svg)

## A checkpoint of ten million weights

With Adam's slots. Size over that of weights and slots; time over that of copying as many bytes and flushing them to the disk, medians of ${options.rounds} in turn.

${table(
  ['backend', 'weights', 'size', 'save', 'restore'],
  large.map(([backend, each]) => [
    backend,
    each.weights.toLocaleString('en'),
    each.sizeRatio.toFixed(4),
    each.saveRatio.toFixed(2),
    each.loadRatio.toFixed(2),
  ]),
)}
`;
}
