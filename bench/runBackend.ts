/**
 * Runs all cases on one backend of Node's, in a process of its own, and writes what was found:
 * `node runBackend.js ASSIGNMENT`, which is JSON.
 */
import {writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type {Assignment} from './hosts.js';
import {pythonPeers} from './pythonPeers.js';
import {resultText} from './results.js';
import {runSuite} from './suite.js';

const loaders: Readonly<Record<string, () => Promise<unknown>>> = {
  tensorflow: () => import('../src/node.js'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

const {backend, pairs, isQuick, only, python, file}: Assignment = JSON.parse(process.argv[2]!);
// TensorFlow's C++ library reads this as it is loaded, and else prints what it thinks of the processor.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
await loaders[backend]!();
await tf.setBackend(backend);
// At its first tensor the cpu backend recommends tfjs-node in five lines.
tf.env().set('PROD', true);
tf.scalar(0).dispose();

const peers = python === undefined ? undefined : await pythonPeers(python);
try {
  const result = await runSuite(
    {
      backend,
      effort: {pairs, sampleMilliseconds: isQuick ? 2 : 20},
      ...(backend === 'cpu' && {slowness: 'too large for plain JavaScript'}),
      isQuick,
      only,
      peers,
      log: line => console.log(line),
    },
    {
      versions: {node: process.versions.node},
      cores: availableParallelism(),
      arrayBytes: () => process.memoryUsage().arrayBuffers,
    },
  );
  writeFileSync(file, resultText(result));
} catch (error) {
  // Node would show the line that threw, which may be all of a minified library.
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
} finally {
  peers?.close();
}
