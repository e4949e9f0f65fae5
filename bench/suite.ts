import * as tf from '@tensorflow/tfjs-core';
import {accuracy} from './cases/accuracy.js';
import type {Case} from './cases/case.js';
import {counts} from './cases/counts.js';
import {fitCases} from './cases/fits.js';
import {growthCases} from './cases/growth.js';
import {launches} from './cases/launches.js';
import {memory} from './cases/memory.js';
import {peerCases} from './cases/peers.js';
import {pluginCases} from './cases/plugins.js';
import {ruleCases} from './cases/rules.js';
import {updateCases} from './cases/updates.js';
import type {Environment} from './environment.js';
import {alternate} from './pairs.js';
import type {BackendResult, Omission, RatioRow} from './results.js';

/** All that is measured on one backend, in this process or page. */
export async function runSuite(
  environment: Environment,
  machine: Pick<BackendResult, 'versions' | 'cores'> & {arrayBytes?: () => number},
): Promise<BackendResult> {
  const {backend, peers, isQuick, only, log} = environment;
  const peerNames = Object.keys(peers?.versions ?? {});
  const all = [
    ...updateCases,
    ...ruleCases,
    ...fitCases,
    ...pluginCases,
    ...growthCases,
    ...peerCases(peerNames),
  ];
  const cases = only ? all.filter(({group}) => only.some(start => group.startsWith(start))) : all;
  const ratios: RatioRow[] = [];
  const omitted: Omission[] = [];
  for (const each of cases) {
    const outcome = await runCase(each, environment);
    if ('reason' in outcome) omitted.push(outcome);
    else ratios.push(outcome);
    log(`${backend}  ${each.group}  ${each.name}  ${describe(outcome)}`);
  }
  log(`${backend}  counts`);
  const counted = [...(await counts()), ...launches()];
  log(`${backend}  memory`);
  const used = await memory(machine.arrayBytes);
  log(`${backend}  accuracy`);
  const exact = await accuracy(isQuick || environment.settle !== undefined);
  return {
    backend,
    versions: {...machine.versions, tfjs: tf.version_core, ...peers?.versions},
    cores: machine.cores,
    ratios,
    counts: counted,
    memory: used,
    accuracy: exact,
    omitted,
  };
}

async function runCase(each: Case, environment: Environment): Promise<RatioRow | Omission> {
  const {group, name, repeats = 1} = each;
  const {effort, isQuick, slowness} = environment;
  const times = isQuick || slowness !== undefined ? 1 : repeats;
  const reason = each.omitted?.(environment);
  if (reason !== undefined) return {group, name, reason};
  try {
    const duel = await each.prepare(environment);
    try {
      const {ours, theirs, scale, batches} = duel;
      const {ratio, difference} = await alternate(
        ours,
        theirs,
        {...effort, pairs: times * effort.pairs},
        scale,
      );
      if (batches === undefined) return {group, name, ratio};
      const perBatch = (milliseconds: number) => (1000 * milliseconds) / batches;
      const {median, low, high} = difference;
      const microseconds = {
        ...difference,
        median: perBatch(median),
        low: perBatch(low),
        high: perBatch(high),
      };
      return {group, name, ratio, microseconds};
    } finally {
      duel.dispose();
    }
  } catch (error) {
    // TensorFlow.js's own lack, which its message names; anything else is a fault of ours.
    const {message} = error as Error;
    if (!/^Kernel '.*' not registered|gradient function not found/.test(message)) throw error;
    return {group, name, reason: message.split('\n')[0]!};
  }
}

function describe(outcome: RatioRow | Omission): string {
  if ('reason' in outcome) return `not run: ${outcome.reason}`;
  const {median, low, high} = outcome.ratio;
  return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
