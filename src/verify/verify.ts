import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {InjectError, shown} from '../errors.js';
import {hasHalfFloats} from '../inject/halfFloats.js';
import {inject, isInjected} from '../inject/inject.js';
import type {Injection} from '../inject/injection.js';
import {checkOptions, integer} from '../inject/options.js';
import {type Check, Report} from './report.js';
import {Trial} from './trial.js';

/** Options of `verify`. */
export interface VerifyOptions {
  /** Steps of the check for leaks. Integer ≥ 2. Default 8. */
  steps?: number;
}

type Data = tf.Tensor | tf.Tensor[] | {[inputName: string]: tf.Tensor};

/**
 * Checks the promises of this library on your own model, your own data and what is injected: takes a few steps on one
 * batch, and puts everything back. Training must not run meanwhile.
 *
 *     the kernels        a step by kernels = the same step op by op, every bit (on GPUs, where none is promised: 2e-6)
 *     determinism        the same step again gives the same bits
 *     one batch          every phase sees the same rows and masks: a second evaluation at the weights of a phase gives its loss
 *     statistics         BatchNorm's moved as by one evaluation, whatever the number of phases
 *     leaks              the number of tensors stays the same from step to step
 *     order              Heun and Runge–Kutta: halving α divides the error of a step by 2^p; plugins aside. A p
 *                        that is too low counts only where layers, options and loss are known to be smooth
 *     as it was          weights, optimizer, layers and plugins have the bits that they had
 *
 * @param model  compiled; injected or not.
 * @param x, y   one batch, as for `trainOnBatch`.
 * @throws InjectError `INVALID_OPTION`, also where the device has 16-bit floats only; `UNKNOWN_OPTION`; as `inject` for a model that cannot be injected.
 * @returns a report; a check that fails is in it, and no error.
 * @example
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * new Heun({learningRate: 0.1}).inject(model);
 * const report = await verify(model, x, y);
 * console.log(String(report));
 */
export async function verify(
  model: LayersModel,
  x: Data,
  y: Data,
  options: VerifyOptions = {},
): Promise<Report> {
  const {steps} = checkOptions<Required<VerifyOptions>>('verify', options, {steps: integer(8, {min: 2})});
  if (hasHalfFloats()) {
    throw new InjectError(
      'INVALID_OPTION',
      `verify needs a backend with floats of 32 bits, for smaller ones blur what it compares; ${tf.getBackend()} has 16 on this device`,
    );
  }
  const wasInjected = isInjected(model);
  const injection = inject(model);
  try {
    const trial = new Trial(injection, () => model.trainOnBatch(x as tf.Tensor, y as tf.Tensor));
    return new Report(await checksOf(trial, injection, model, steps));
  } finally {
    if (!wasInjected) injection.eject();
  }
}

async function checksOf(
  trial: Trial,
  injection: Injection,
  model: LayersModel,
  steps: number,
): Promise<Check[]> {
  const before = await trial.fingerprint();
  const checks = [
    await trial.kernels(),
    await trial.determinism(),
    await trial.oneBatch(),
    await trial.statistics(model),
    await trial.leaks(steps),
    await trial.order(),
  ];
  const after = await trial.fingerprint();
  const changed = [...before].filter(([name, bits]) => after.get(name) !== bits).map(([name]) => name);
  const isOk = changed.length === 0 && before.size === after.size;
  const detail = isOk
    ? `${before.size} tensors, ${injection.iterations} steps`
    : `changed: ${shown(changed)}`;
  return [...checks, {name: 'as it was', isOk, detail}];
}
