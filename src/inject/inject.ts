import type * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {InjectError} from '../errors.js';
import {claim, holderOf, requireFree} from './holders.js';
import type {Injection, Plugin} from './injection.js';
import {type ModelInsides, trainedModel} from './layersModel.js';
import {MinimizeLoop} from './minimizeLoop.js';
import {ModelDriver} from './modelDriver.js';
import {NativeSeat} from './nativeSeat.js';
import {checkOptions} from './options.js';
import type {OwnSeat} from './ownSeat.js';
import {shortName} from './shortName.js';

/** Options of `inject`. */
export interface InjectOptions {
  /**
   * Makes training reproducible: the masks of step t follow from (seed, t)
   * alone, and the order in which `fit` shuffles its rows from (seed, epoch). A safe integer ≥ 0. Default: none, and
   * masks and order as tfjs draws them.
   */
  seed?: number;
}

const drivers = new WeakMap<object, ModelDriver>();
const foreignLoops = new WeakMap<tf.Optimizer, MinimizeLoop>();

/**
 * Creates the injection of a model, around the optimizer that it was compiled
 * with (one of ours, any `tf.train.*`, any third party's `tf.Optimizer`), or
 * that of an optimizer, whose `minimize` then takes the same steps in a
 * hand-written loop; or returns the one that there is. Without a plugin it changes nothing.
 *
 * @param target a compiled model (Sequential, functional, nested, loaded), or an optimizer.
 * @throws InjectError `MODEL_NOT_COMPILED`, `MODEL_DISPOSED`, `TRAINING` during `fit`, `ALREADY_INJECTED`, `INVALID_OPTION` and
 *     `UNKNOWN_OPTION`, `DUPLICATE_TFJS`; before anything has changed.
 * @example
 * model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
 * const injection = inject(model, {seed: 7}).use(new Lookahead());
 * @example
 * const weight = tf.variable(tf.scalar(2));
 * const optimizer = tf.train.adam(0.1);
 * const injection = inject(optimizer).use(new Lookahead());
 * for (let i = 0; i < 10; i++) optimizer.minimize(() => tf.square(weight), false, [weight]);
 * injection.evaluate(() => weight.print()); // the slow weights
 */
export function inject(target: LayersModel | tf.Optimizer, options?: InjectOptions): Injection {
  return isOptimizer(target) ? loopOf(target, options).injection : driverOf(target, options).injection;
}

/** @internal Whether a model has an injection that lives. */
export function isInjected(model: LayersModel): boolean {
  return !!drivers.get(model)?.isOpen;
}

/** @internal */
export function injectOptimizer(
  model: LayersModel,
  optimizer: tf.Optimizer & {readonly seat: OwnSeat},
  options: InjectOptions | undefined,
): Injection {
  return join(model, options, driver => driver.sit(optimizer.seat));
}

/** @internal */
export function injectPlugin(
  target: LayersModel | tf.Optimizer,
  plugin: Plugin,
  options: InjectOptions | undefined,
): Injection {
  if (!isOptimizer(target)) return join(target, options, ({injection}) => injection.use(plugin));
  const wasHeld = holderOf(target) !== undefined;
  const {injection} = loopOf(target, options);
  try {
    return injection.use(plugin);
  } catch (error) {
    if (!wasHeld) injection.abandon();
    throw error;
  }
}

/** Where a refusal is to change nothing, an injection that was made for the occasion must go again. */
function join(
  model: LayersModel,
  options: InjectOptions | undefined,
  body: (driver: ModelDriver) => void,
): Injection {
  const former = drivers.get(model);
  const driver = driverOf(model, options);
  try {
    body(driver);
  } catch (error) {
    if (driver !== former) driver.injection.abandon();
    throw error;
  }
  return driver.injection;
}

function isOptimizer(target: LayersModel | tf.Optimizer): target is tf.Optimizer {
  const {applyGradients, computeGradients} = (target ?? {}) as Partial<tf.Optimizer>;
  return typeof applyGradients === 'function' && typeof computeGradients === 'function';
}

function seedOf(options: InjectOptions | undefined): number | undefined {
  return checkOptions<{seed: number | undefined}>('inject', options, {
    seed: {
      fallback: undefined,
      mustBe: 'a safe integer ≥ 0',
      accepts: value => Number.isSafeInteger(value) && (value as number) >= 0,
    },
  }).seed;
}

/** @throws InjectError `ALREADY_INJECTED` where an injection has not the seed that is asked for. */
function requireSeed(name: string, injection: Injection, seed: number | undefined): void {
  if (seed === undefined || seed === injection.seed) return;
  throw new InjectError(
    'ALREADY_INJECTED',
    `a seed must be given at the first inject; ${name} has an injection ` +
      `${injection.seed === undefined ? 'without one' : `with seed ${injection.seed}`}`,
  );
}

function loopOf(optimizer: tf.Optimizer, options: InjectOptions | undefined): MinimizeLoop {
  const seed = seedOf(options);
  const {openLoop} = optimizer as Partial<OwnOptimizer>;
  const known = openLoop ? (optimizer as OwnOptimizer).loop : foreignLoops.get(optimizer);
  if (known && holderOf(optimizer) === known.injection) {
    requireSeed(`optimizer ${shortName(optimizer)}`, known.injection, seed);
    return known;
  }
  requireFree(optimizer, 'optimizer');
  const loop = openLoop ? openLoop.call(optimizer, seed) : openForeignLoop(optimizer, seed);
  claim(optimizer, 'optimizer', loop.injection);
  return loop;
}

/** What `inject` needs of an optimizer of ours. */
interface OwnOptimizer extends tf.Optimizer {
  readonly loop: MinimizeLoop | undefined;
  openLoop(seed: number | undefined): MinimizeLoop;
}

function openForeignLoop(optimizer: tf.Optimizer, seed: number | undefined): MinimizeLoop {
  const own = Object.getOwnPropertyDescriptor(optimizer, 'minimize');
  const loop = new MinimizeLoop(new NativeSeat(optimizer), seed, () => {
    foreignLoops.delete(optimizer);
    if (optimizer.minimize !== minimize) return;
    if (own) Object.defineProperty(optimizer, 'minimize', own);
    else delete (optimizer as Partial<tf.Optimizer>).minimize;
  });
  const minimize: tf.Optimizer['minimize'] = (...args) => loop.minimize(...args);
  Object.defineProperty(optimizer, 'minimize', {
    value: minimize,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  foreignLoops.set(optimizer, loop);
  return loop;
}

function driverOf(model: LayersModel, options: InjectOptions | undefined): ModelDriver {
  const seed = seedOf(options);
  const inner = trainedModel(model);
  const outer = model as unknown as ModelInsides;
  const existing = drivers.get(inner) ?? drivers.get(outer);
  if (existing && !existing.isStale && existing.isOpen) {
    requireSeed(`'${inner.name}'`, existing.injection, seed);
    return existing;
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
