import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {InjectError} from '../errors.js';
import type {Injection, Plugin} from './injection.js';
import {type ModelInsides, trainedModel} from './layersModel.js';
import {ModelDriver} from './modelDriver.js';
import {checkOptions} from './options.js';
import type {OwnSeat} from './ownSeat.js';

/** Options of `inject`. */
export interface InjectOptions {
  /**
   * Makes random layers reproducible: the masks of step t follow from (seed, t)
   * alone. A safe integer ≥ 0. Default: none, and masks as tfjs draws them.
   */
  seed?: number;
}

const drivers = new WeakMap<object, ModelDriver>();

/**
 * Creates a model's injection, around the optimizer that it was compiled with
 * (one of ours, any `tf.train.*`, any third party's `tf.Optimizer`), or returns
 * the one that it has. Without a plugin it changes nothing.
 *
 * @param model a compiled model: Sequential, functional, nested, or loaded.
 * @throws InjectError `MODEL_NOT_COMPILED`, `MODEL_DISPOSED`, `TRAINING` during `fit`, `INVALID_OPTION` and
 *     `UNKNOWN_OPTION`, `DUPLICATE_TFJS`; before anything has changed.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * const injection = inject(model, {seed: 7}).use(new Lookahead());
 */
export function inject(model: LayersModel, options?: InjectOptions): Injection {
  return driverOf(model, options).injection;
}

/** @internal */
export function injectOptimizer(
  model: LayersModel,
  optimizer: tf.Optimizer & {readonly seat: OwnSeat},
): Injection {
  return join(model, driver => driver.sit(optimizer.seat));
}

/** @internal */
export function injectPlugin(model: LayersModel, plugin: Plugin): Injection {
  return join(model, ({injection}) => injection.use(plugin));
}

/** Where a refusal is to change nothing, an injection that was made for the occasion must go again. */
function join(model: LayersModel, body: (driver: ModelDriver) => void): Injection {
  const former = drivers.get(model);
  const driver = driverOf(model, undefined);
  try {
    body(driver);
  } catch (error) {
    if (driver !== former) driver.injection.abandon();
    throw error;
  }
  return driver.injection;
}

function driverOf(model: LayersModel, options: InjectOptions | undefined): ModelDriver {
  const {seed} = checkOptions<{seed: number | undefined}>('inject', options, {
    seed: {
      fallback: undefined,
      mustBe: 'a safe integer ≥ 0',
      accepts: value => Number.isSafeInteger(value) && (value as number) >= 0,
    },
  });
  const inner = trainedModel(model);
  const outer = model as unknown as ModelInsides;
  const existing = drivers.get(inner) ?? drivers.get(outer);
  if (existing && !existing.isStale && existing.isOpen) {
    if (seed === undefined || seed === existing.injection.seed) return existing;
    throw new InjectError(
      'ALREADY_INJECTED',
      `a seed must be given when a model is first injected; '${inner.name}' has an injection ` +
        `${existing.injection.seed === undefined ? 'without one' : `with seed ${existing.injection.seed}`}`,
    );
  }
  if (inner.isTraining) {
    throw new InjectError(
      'TRAINING',
      `inject must be called between calls of fit; '${inner.name}' is training`,
    );
  }
  existing?.injection.abandon();
  const driver = new ModelDriver(outer, inner, seed);
  drivers.set(inner, driver);
  drivers.set(outer, driver);
  return driver;
}
