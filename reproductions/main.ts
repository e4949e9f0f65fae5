import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {SingleBar} from 'cli-progress';
import type {Effort, Experiment, Run} from './experiment.js';
import {experimentOf} from './experiments.js';
import {parseOptions} from './options.js';
import {writeReport} from './report/writeReport.js';
import {resultText} from './results.js';
import {Workers} from './workers.js';

const {only, out, report, quick = false, cifar10, pennTreebank} = parseOptions(process.argv);
const effort: Effort = {isQuick: quick, cifar10, pennTreebank};
mkdirSync(out, {recursive: true});
if (!report) {
  const workers = new Workers();
  try {
    for (const name of only) await carryOut(experimentOf(name), workers);
  } finally {
    workers.end();
  }
}
await writeReport(out);
console.log(`\nWritten: ${join(out, 'index.md')}`);

async function carryOut(experiment: Experiment, workers: Workers): Promise<void> {
  const runs: Run<never, unknown>[] = [];
  const bar = new SingleBar({format: `${experiment.name.padEnd(16)} {bar} {value} of {total}`});
  bar.start(0, 0);
  for (let next = experiment.next(runs, effort); next.length > 0; next = experiment.next(runs, effort)) {
    bar.setTotal(runs.length + next.length);
    const tasks = next.map(setting => ({experiment: experiment.name, setting, effort}));
    const outcomes = await workers.run(tasks, () => bar.increment());
    runs.push(...next.map((setting, i) => ({setting, outcome: outcomes[i]})));
  }
  bar.stop();
  const versions = {'TensorFlow.js': tf.version_core, Node: process.version};
  const result = {experiment: experiment.name, effort, versions, runs};
  writeFileSync(join(out, `${experiment.name}.json`), resultText(result));
}
