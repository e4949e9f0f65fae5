import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import type {EpochSums} from './epochSums.js';
import {hold} from './hold.js';
import type {Plugin} from './injection.js';
import type {Ledger} from './ledger.js';
import {
  isNumber,
  isText,
  joined,
  type Mismatches,
  partOf,
  type Saved,
  shapeProblem,
  valuesIn,
  withoutMismatches,
} from './saved.js';
import type {Slots} from './slots.js';
import type {Stepper} from './stepper.js';
import type {Batch, Target} from './target.js';
import {uniqueKeys} from './weight.js';

/** Who has what training changes. */
export interface StateHolders {
  readonly seed: number | undefined;
  readonly ledger: Ledger;
  readonly target: Target;
  readonly stepper: Stepper;
  /** In the order of `use`. */
  readonly plugins: readonly Plugin[];
  slotsOf(plugin: Plugin): Slots;
  readonly batchOf?: (data: (tf.Tensor | null)[]) => Batch;
  readonly epoch?: EpochSums;
}

/**
 * Class and version of one that has saved state; the version is that of its state, by the static `stateVersion`, and with
 * it come the options on which the state depends, by the static `stateOptions`.
 */
export interface Named {
  readonly className: string;
  readonly version: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Of what a saved state is; beside the parts that hold it. */
export interface RunData {
  readonly seed?: number;
  readonly optimizer: Named;
  /** By their keys, in the order of `use`. */
  readonly plugins: readonly (Named & {readonly key: string})[];
  /** The weights that are trained, frozen ones among them if they were not when the model was compiled. */
  readonly trained: readonly string[];
  /** Weights that somebody had written since the last step. */
  readonly written: readonly string[];
  /** Whether the weights for evaluation were shown in place of those. */
  readonly isShown: boolean;
}

/**
 * All that training changes, as a file can hold it; nothing is copied. What evaluation was shown is left as it is.
 *
 * @param isForFile whether slots that no checkpoint holds are left out.
 */
export function saveAll(holders: StateHolders, isForFile: boolean): Saved {
  const {ledger, target, stepper, plugins, seed} = holders;
  const slotsOf = (plugin: Plugin): Saved => {
    const slots = holders.slotsOf(plugin);
    return isForFile && !slots.isSaved ? {tensors: new Map(), data: {}} : slots.save();
  };
  const wasShown = ledger.hide();
  try {
    const weights = new Map(target.allWeights.map(({key, variable}) => [key, hold(variable)]));
    const state = target.captureState();
    const layers = state.save();
    state.release();
    const keys = keysOf(plugins);
    const run: RunData = {
      ...(seed !== undefined && {seed}),
      optimizer: named(stepper.seat.optimizer),
      plugins: plugins.map((plugin, i) => ({key: keys[i]!, ...named(plugin)})),
      trained: target.weights.map(({key}) => key),
      written: [...ledger.written()].map(({key}) => key),
      isShown: wasShown,
    };
    return joined({
      weights: {tensors: weights, data: {}},
      optimizer: stepper.seat.save(target, stepper.plan),
      plugins: joined(Object.fromEntries(plugins.map((each, i) => [keys[i]!, slotsOf(each)]))),
      layers,
      window: stepper.saveWindow(),
      ...(holders.epoch && {epoch: holders.epoch.save()}),
      run: {tensors: new Map(), data: {...run}},
    });
  } finally {
    if (wasShown) ledger.show('rest');
  }
}

/** What keeps `putAll` from taking all of this. */
export function mismatchesOf(holders: StateHolders, saved: Saved): Mismatches {
  const {target, stepper, plugins, seed} = holders;
  const found = new Map<string, string>();
  const run = runOf(saved);
  const add = (part: string, mismatches: Mismatches) => {
    for (const [name, problem] of mismatches) found.set(`${part}/${name}`, problem);
  };

  const wanted = new Map(target.allWeights.map(({key, variable}) => [key, variable]));
  const {tensors: weights} = partOf(saved, 'weights');
  for (const [key, tensor] of weights) {
    const problem = shapeProblem(tensor, wanted.get(key));
    if (problem) found.set(`weights/${key}`, problem);
  }
  const trained = new Set(target.weights.map(({key}) => key));
  for (const key of wanted.keys()) {
    if (!weights.has(key)) found.set(`weights/${key}`, 'is missing');
    else if (trained.has(key) !== run.trained.includes(key))
      found.set(`trained/${key}`, trained.has(key) ? 'is not, where it is here' : 'is, where it is not here');
  }

  const {optimizer} = stepper.seat;
  const other = difference(run.optimizer, named(optimizer));
  if (other) found.set('optimizer', other);
  else add('optimizer', stepper.seat.mismatches(partOf(saved, 'optimizer'), target, stepper.plan));

  const keys = keysOf(plugins);
  const saves = new Map(run.plugins.map(each => [each.key, each]));
  plugins.forEach((plugin, i) => {
    const key = keys[i]!;
    const own = saves.get(key);
    const problem = own ? difference(own, named(plugin)) : 'is missing';
    if (problem) found.set(`plugins/${key}`, problem);
    for (const [name, tensor] of partOf(partOf(saved, 'plugins'), key).tensors) {
      const weight = wanted.get(name.slice(name.indexOf('/') + 1));
      const problemOfSlot = weight ? shapeProblem(tensor, weight) : 'is of no weight of the model';
      if (problemOfSlot) found.set(`plugins/${key}/${name}`, problemOfSlot);
    }
  });
  for (const {key} of run.plugins) if (!keys.includes(key)) found.set(`plugins/${key}`, 'is extra');

  add('layers', target.stateMismatches(partOf(saved, 'layers')));
  if (partOf(saved, 'window').tensors.size > 0 && !holders.batchOf)
    found.set('window', 'is of a model, and this is a hand-written loop');
  if (holders.epoch) add('epoch', holders.epoch.mismatches(partOf(saved, 'epoch')));
  if (run.seed !== seed) found.set('seed', `is ${run.seed ?? 'none'}, where ${seed ?? 'none'} is needed`);
  return found;
}

/** Takes a state of which all but `mismatches` fits. */
export function putAll(holders: StateHolders, all: Saved, mismatches: Mismatches): void {
  const {ledger, target, stepper, plugins} = holders;
  const saved = withoutMismatches(all, mismatches);
  const isWhole = mismatches.size === 0;
  ledger.hide();
  stepper.dropWindow();
  const {tensors: weights} = partOf(saved, 'weights');
  const putWeights = () => {
    for (const {key, variable} of target.allWeights) {
      const value = weights.get(key);
      if (value) variable.assign(value);
    }
  };
  putWeights();
  if (!mismatches.has('optimizer')) stepper.seat.put(partOf(saved, 'optimizer'), target, stepper.plan);
  keysOf(plugins).forEach((key, i) => {
    if (!mismatches.has(`plugins/${key}`))
      holders.slotsOf(plugins[i]!).put(partOf(partOf(saved, 'plugins'), key));
  });
  // Its batches see the layers in the states before each; where something else does not fit, they are of another run.
  if (isWhole && holders.batchOf) {
    stepper.putWindow(partOf(saved, 'window'), holders.batchOf);
    putWeights();
  }
  target.putState(partOf(saved, 'layers'));
  holders.epoch?.put(partOf(saved, 'epoch'));
  const {written, isShown} = runOf(saved);
  ledger.note(new Set(written));
  // In the middle of training the next step brings them back.
  if (isShown) ledger.show('rest');
}

/** @throws InjectError `CHECKPOINT_DAMAGED` where it is not what was saved. */
export function runOf(saved: Saved): RunData {
  const {data} = partOf(saved, 'run');
  const {seed, optimizer, plugins} = data as Partial<RunData>;
  const isNamed = (each: unknown): each is Named =>
    isText((each as Named | undefined)?.className) && isNumber((each as Named).version);
  const isPlugin = (each: unknown): each is RunData['plugins'][number] =>
    isNamed(each) && isText((each as RunData['plugins'][number]).key);
  if ((seed !== undefined && !Number.isSafeInteger(seed)) || !isNamed(optimizer) || !Array.isArray(plugins))
    throw new InjectError('CHECKPOINT_DAMAGED', 'a checkpoint must say of which optimizer and plugins it is');
  return {
    ...(seed !== undefined && {seed}),
    optimizer,
    plugins: Object.values(valuesIn(data, 'plugins', isPlugin)),
    trained: Object.values(valuesIn(data, 'trained', isText)),
    written: Object.values(valuesIn(data, 'written', isText)),
    isShown: data.isShown === true,
  };
}

function keysOf(plugins: readonly Plugin[]): string[] {
  return uniqueKeys(plugins.map(({name}) => name));
}

function named(subject: object): Named {
  const {
    className,
    name,
    stateVersion = 1,
    stateOptions,
  } = subject.constructor as {
    className?: string;
    name: string;
    stateVersion?: number;
    stateOptions?: readonly string[];
  };
  const {options = {}} = subject as {options?: Readonly<Record<string, unknown>>};
  return {
    className: className ?? name,
    version: stateVersion,
    ...(stateOptions && {options: Object.fromEntries(stateOptions.map(each => [each, options[each]]))}),
  };
}

function difference(saved: Named, own: Named): string | undefined {
  if (saved.className !== own.className) return `is of ${saved.className}, where ${own.className} is needed`;
  if (saved.version !== own.version)
    return `is version ${saved.version} of the state of ${own.className}, where ${own.version} is needed`;
  const [then, now] = [saved.options, own.options].map(options => options && JSON.stringify(options));
  // Files of before do not say.
  if (then === undefined || then === now) return undefined;
  return `is with the options ${then}, where ${now ?? 'none of these'} is needed`;
}
