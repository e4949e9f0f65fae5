import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {SingleBar} from 'cli-progress';
import {corpusOf} from './data/corpus.js';
import {imagesOf} from './data/images.js';
import type {Effort, Experiment, Run} from './experiment.js';
import {experimentOf} from './experiments.js';
import {parseOptions} from './options.js';
import {writeReport} from './report/writeReport.js';
import {resultText} from './results.js';
import {Workers} from './workers.js';

const {only, out, report, quick = false, cifar10, pennTreebank} = parseOptions(process.argv);
const effort: Effort = {isQuick: quick, cifar10, pennTreebank};
try {
  mkdirSync(out, {recursive: true});
  if (!report) await carryOutAll();
  await writeReport(out);
  console.log(`\nWritten: ${join(out, 'index.md')}`);
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}

async function carryOutAll(): Promise<void> {
  // What is wrong with a user's data is told before minutes are spent on what does without it.
  if (cifar10 !== undefined) imagesOf(effort);
  if (pennTreebank !== undefined) corpusOf(effort);
  const workers = new Workers();
  try {
    for (const name of only) await carryOut(experimentOf(name), workers);
  } finally {
    workers.end();
  }
}

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
