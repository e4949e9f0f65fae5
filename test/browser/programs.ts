import * as tf from '@tensorflow/tfjs-core';

type Runs = (program: {packedOutput?: boolean}, ...rest: unknown[]) => unknown;

interface GPUBackend {
  runWebGLProgram?: Runs;
  runWebGPUProgram?: Runs;
  readonly binaryCache?: object;
  readonly pipelineCache?: object;
}

/**
 * What a backend ran in the meantime: its programs, each once for each run, and how many it compiled for that.
 *
 * @param last the number of the run that fails.
 */
export function programsOf(
  body: () => void,
  last = Number.POSITIVE_INFINITY,
): {runs: number; compiled: number} {
  const backend = tf.backend() as unknown as GPUBackend;
  const name = backend.runWebGLProgram ? 'runWebGLProgram' : 'runWebGPUProgram';
  const cache = () => Object.keys((backend.binaryCache ?? backend.pipelineCache)!).length;
  const run = backend[name]!;
  const compiledBefore = cache();
  let runs = 0;
  backend[name] = function (this: unknown, ...args) {
    runs++;
    if (runs >= last) throw new Error('no more programs');
    return run.apply(this, args);
  };
  try {
    body();
  } finally {
    delete backend[name];
  }
  return {runs, compiled: cache() - compiledBefore};
}
