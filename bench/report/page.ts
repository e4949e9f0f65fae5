import type {BackendResult} from '../results.js';
import {accuracyTables} from './accuracyTables.js';
import {aimTable} from './aimTable.js';
import {backendTitle, ratioTable, table} from './table.js';

/** docs/bench.md: its text stands here, and every number is of a result. */
export function page(results: readonly BackendResult[], pathTo: (plot: string) => string): string {
  const ratios = (group: string, title: string) => ratioTable(results, group, title);
  const plot = (name: string, title: string) => `![${title}](${pathTo(name)})`;
  const peers = [...new Set(results.flatMap(({ratios: rows}) => rows.map(({group}) => group)))].filter(
    group => group.startsWith('peers: '),
  );
  const sections = [
    '# Bench',
    'Made by `npm run bench`; no number here was written by hand. `npm run bench -- --help` lists its options.',
    `A ratio is our time over the other's for the same work, by samples of both taken in turn in one process: below 1 we
are faster. Shown is the median over the pairs, and in brackets its 95 % interval by order statistics. Times themselves are not shown, for
they tell of a machine; ratios hold from one to another roughly, and between runs on a busy one to some 10 to 30 %. Whole fits, which
often differ by less than that, take the most pairs.`,
    table(['backend', 'pairs', 'processor cores', 'versions'], results.map(machineRow)),
    `WebGL and WebGPU run in Chromium. Where the GPU is one in software, how many programs they run holds for any GPU, how long these take does not.`,
    "## Adam's update",
    'All of `applyGradients`, against `tf.train.adam` with the same gradients.',
    ratios('updates', 'weights'),
    plot('updates', "Adam's update by backend and shape"),
    '## Other rules',
    `Time per byte moved over that of Adam, both on our kernels, 6 tensors with 1.86 M weights. Bytes are those of each tensor that the rule reads or
writes, once. A fast GPU moves them in less time than a page takes to start its programs: there the ratios tell of the latter.`,
    ratios('rules', 'rule'),
    plot('rules', 'Time per byte of other rules'),
    '## Whole fits',
    'Adam in a whole `fit` with batches of 32, against the same with `tf.train.adam`.',
    ratios('fits', 'model'),
    '**Heun** against `tf.train.sgd`; it takes two gradients where that takes one.',
    ratios('heun', 'model'),
    '**Lookahead** (k = 5) around `tf.train.adam`, against `tf.train.adam` alone.',
    ratios('lookahead', 'model'),
    '**A transparent injection**, `inject(model)` and nothing else, around `tf.train.adam`.',
    ratios('transparent', 'model'),
    '**Control**: `tf.train.adam` against itself. What these intervals leave open, the others cannot tell either.',
    ratios('control', 'model'),
    `**Plugins** around an optimizer of TensorFlow.js, or of ours where the row says so, against TensorFlow.js's alone, on a dense model of 100,000 weights. Those that observe are a
user's: they tap six hooks each, and look at weights and gradients by reference.`,
    ratios('plugins', 'plugins : optimizer'),
    ...(peers.length > 0
      ? [
          '## Other libraries',
          "Our Adam's update against theirs, one thread each for them, on the same machine in turn.",
          ...peers.flatMap(group => [`**${group.slice('peers: '.length)}**`, ratios(group, 'weights')]),
        ]
      : []),
    '## Counted',
    countTable(results),
    '## Memory',
    `In multiples of the bytes of the weights. At rest: beyond the weights. Peak: beyond what is there at rest, at the end of any kernel. Arrays:
JavaScript's own that a step makes, left to the garbage collection.`,
    memoryTable(results),
    '## Growth',
    "Adam's update against `tf.train.adam`, over the number of weights in one tensor, and of tensors with 64 weights.",
    plot('weights', 'Ratio over weights'),
    ratios('growth: weights', 'weights'),
    plot('tensors', 'Ratio over tensors'),
    ratios('growth: tensors', 'tensors'),
    `Runge–Kutta of so many phases against \`tf.train.sgd\`, and \`tf.train.adam\` in an injection with so many plugins that do nothing, each tapping eight
hooks, against it without; on the dense model of 30 layers.`,
    ratios('growth: phases', 'phases'),
    ratios('growth: plugins', 'plugins'),
    '## Correctness',
    `Every rule of the library as a kernel against the same rule read operation by operation on the same backend, over the shapes of
\`bench/cases/accuracy.ts\`, in units in the last place.`,
    accuracyTables(results),
    '## Aims',
    aimTable(results),
  ];
  return `${sections.join('\n\n')}\n`;
}

function machineRow(result: BackendResult): string[] {
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
  const pairs = result.ratios.map(({ratio}) => ratio.samples);
  const [fewest, most] = [Math.min(...pairs), Math.max(...pairs)];
  const counted = fewest < most ? `${fewest} to ${most}` : String(result.ratios[0]?.ratio.samples ?? '–');
  return [backendTitle(result), counted, String(result.cores), versions.join('; ')];
}

function countTable(results: readonly BackendResult[]): string {
  const names = [...new Set(results.flatMap(({counts}) => counts.map(({name}) => name)))];
  const rows = names.map(name => [
    name,
    ...results.map(({counts}) => {
      const row = counts.find(count => count.name === name);
      return row ? `${row.ours} : ${row.theirs}` : '–';
    }),
  ]);
  return table(['in a step on the dense model of 30 layers', ...results.map(backendTitle)], rows);
}

function memoryTable(results: readonly BackendResult[]): string {
  const rows = results.flatMap(result =>
    result.memory.map(({name, atRest, tensorsAtRest, peak, largestWeight, arrays}) => [
      backendTitle(result),
      name,
      `${atRest.toFixed(2)} in ${tensorsAtRest} tensors`,
      peak.toFixed(2),
      largestWeight.toFixed(2),
      arrays?.toFixed(2) ?? '–',
    ]),
  );
  return table(['backend', 'update', 'at rest', 'peak', 'largest weight', 'arrays'], rows);
}
