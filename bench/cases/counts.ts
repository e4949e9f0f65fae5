import * as tf from '@tensorflow/tfjs-core';
import type {CountRow} from '../results.js';
import {dataOf, deep} from './models.js';
import {heun, nativeAdam, nativeSGD, ourAdam, sam, transparent} from './setups.js';
import {ready, type Setup} from './training.js';

/** What a step does, counted at TensorFlow.js's engine: which knows nothing of us. */
export async function counts(): Promise<CountRow[]> {
  const rows: CountRow[] = [];
  const compare = async (
    name: string,
    count: (setup: Setup) => Promise<number>,
    ours: Setup,
    theirs: Setup,
  ) => {
    rows.push({name, ours: await count(ours), theirs: await count(theirs)});
  };
  await compare('gradient evaluations, Heun : SGD', evaluations, heun, nativeSGD);
  await compare('gradient evaluations, SAM : SGD', evaluations, sam, nativeSGD);
  await compare('kernels, a transparent injection : Adam', kernels, transparent, nativeAdam);
  await compare('tensors after a step, a transparent injection : Adam', tensors, transparent, nativeAdam);
  await compare('kernels, our Adam : Adam', kernels, ourAdam, nativeAdam);
  return rows;
}

/** Counts in the third step: the first ones make slots. */
async function inStep(setup: Setup, count: (step: () => Promise<void>) => Promise<number>): Promise<number> {
  const model = ready(deep, setup);
  const {x, y} = dataOf({...deep, batches: 1});
  const step = async () => {
    await model.trainOnBatch(x, y);
  };
  await step();
  await step();
  const result = await count(step);
  tf.dispose([x, y]);
  // Of a model alone, its optimizer's slots would be read back, one by one, for a later use.
  model.optimizer.dispose();
  model.dispose();
  return result;
}

function evaluations(setup: Setup): Promise<number> {
  return inStep(setup, async step => {
    const engine = tf.engine();
    const {gradients} = engine;
    let calls = 0;
    engine.gradients = ((...args: Parameters<typeof gradients>) => {
      calls++;
      return gradients.apply(engine, args);
    }) as typeof gradients;
    try {
      await step();
    } finally {
      engine.gradients = gradients;
    }
    return calls;
  });
}

function kernels(setup: Setup): Promise<number> {
  return inStep(setup, async step => {
    const {kernels} = await tf.profile(step as unknown as () => tf.TensorContainer);
    return kernels.length;
  });
}

function tensors(setup: Setup): Promise<number> {
  return inStep(setup, async step => {
    const {numTensors} = tf.memory();
    await step();
    return tf.memory().numTensors - numTensors;
  });
}
