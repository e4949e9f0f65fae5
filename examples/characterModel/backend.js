import * as tf from '@tensorflow/tfjs-core';
import {UserError} from './userError.js';

// TensorFlow's C++ library reads this when it is loaded: without it, its information lines mix with ours.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

/** The backends in order of preference, each with what loads it. */
const loaders = {
  tensorflow: () => import('tfjs-inject/node'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

export const backendNames = Object.keys(loaders);

/**
 * Starts the wanted backend, or with 'auto' the best one that this machine has.
 *
 * @returns its name, and why each better one was left out: `[{name, reason}]`
 */
export async function startBackend(wanted) {
  const passedOver = [];
  for (const name of wanted === 'auto' ? backendNames : [wanted]) {
    const reason = await whyItDoesNotStart(name);
    if (reason === undefined) return {name, passedOver};
    passedOver.push({name, reason});
  }
  const reasons = passedOver.map(({name, reason}) => `${name}: ${reason}`).join('; ');
  throw new UserError(`this machine does not have the backend that was asked for (${reasons})`);
}

async function whyItDoesNotStart(name) {
  try {
    await loaders[name]();
    if (!(await tf.setBackend(name))) return 'it did not initialize';
    await tf.ready();
    quietly(() => tf.scalar(0).dispose());
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

/** At its first tensor the cpu backend recommends tfjs-node in five lines; main.js says it in one. */
function quietly(work) {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    work();
  } finally {
    tf.env().set('PROD', before);
  }
}

function firstLine(error) {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0];
}
