/** Runs in a page: all cases on one of the browser's backends. The address has the assignment. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import {gpuName} from './gpuName.js';
import type {Assignment} from './hosts.js';
import {isSoftware} from './isSoftware.js';
import {resultText} from './results.js';
import {runSuite} from './suite.js';

declare function report(event: {line?: string; result?: string}): Promise<void>;

/** What a GPU in software computes in a time that one can wait for. */
const groups = ['updates'];

const {searchParams} = new URL(location.href);
const {backend, pairs, isQuick, only}: Omit<Assignment, 'file'> = JSON.parse(searchParams.get('assignment')!);
await tf.setBackend(backend);
await tf.ready();
const gpu = gpuName();
const isSlow = isSoftware(gpu);
// Larger than what the backends leave to the processor.
const probe = tf.ones([8192]);

const result = await runSuite(
  {
    backend,
    effort: {pairs, sampleMilliseconds: isQuick ? 2 : 20},
    ...(isSlow && {slowness: 'too large for a GPU in software'}),
    isQuick,
    only: only ?? (isSlow ? groups : undefined),
    settle,
    log: line => void report({line}),
  },
  {versions: {Chromium: versionOf('Chrome'), GPU: gpu}, cores: navigator.hardwareConcurrency},
);
await report({result: resultText(result)});

/** A GPU takes its work in turn: when this is done, all is that was asked before. */
async function settle(): Promise<void> {
  const last = tf.neg(probe);
  await last.data();
  last.dispose();
}

function versionOf(product: string): string {
  return navigator.userAgent.match(new RegExp(`${product}/([\\d.]+)`))?.[1] ?? 'of unknown version';
}
