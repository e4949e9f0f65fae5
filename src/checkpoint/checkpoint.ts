import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {inject} from '../inject/inject.js';
import type {Injection, Plugin} from '../inject/injection.js';
import {freezeLayers, frozenLayers, type ModelInsides} from '../inject/layersModel.js';
import {isRegistered, registeredObject} from '../inject/registeredObject.js';
import {disposeSaved, type Mismatches, type Saved} from '../inject/saved.js';
import {runOf} from '../inject/savedState.js';
import {type Contents, fromArtifacts, toArtifacts} from './artifacts.js';
import {damaged} from './damaged.js';
import {handlerOf} from './handlers.js';

/** Options of `injection.restore`. */
export interface RestoreOptions {
  /** Whether what matches by name and shape is taken, and the rest stays. Default false: a difference is an error. */
  partial?: boolean;
}

/** How something is made: of a registered class and a config; or why a file cannot say. */
type Made = {readonly className: string; readonly config: object} | {readonly unsaved: string};

/** Optimizer and losses as `model.save` has them, and the plugins. */
interface Making {
  readonly training?: tf.io.TrainingConfig | {readonly unsaved: string};
  /** As `frozenLayers` has them. */
  readonly frozen?: readonly number[];
  readonly plugins: readonly Made[];
}

/** Writes what was saved; its tensors are disposed of. */
export async function write(
  injection: Injection,
  state: Saved,
  place: string | tf.io.IOHandler,
): Promise<tf.io.SaveResult> {
  try {
    const model = injection.model as unknown as SavableModel | undefined;
    const making: Making = {
      ...(model && {training: attempted(() => model.getTrainingConfig()), frozen: frozenLayers(model)}),
      plugins: injection.plugins.map(madeOf),
    };
    const contents: Contents = {
      state,
      making,
      ...(model && {topology: model.toJSON(null, false)}),
      ...(model?.userDefinedMetadata && {metadata: model.userDefinedMetadata}),
    };
    return await handlerOf(place, 'save').save!(await toArtifacts(contents));
  } finally {
    disposeSaved(state);
  }
}

/** What a place holds; the tensors of its state are the caller's. */
export async function read(place: string | tf.io.IOHandler): Promise<Contents> {
  const artifacts = await handlerOf(place, 'load').load!();
  return asDamage(() => fromArtifacts(artifacts));
}

/**
 * Puts what a place holds into an injection.
 *
 * @param requireIdle throws where that may not be now; asked again when all has been read.
 */
export async function restore(
  injection: Injection,
  place: string | tf.io.IOHandler,
  {partial = false}: RestoreOptions,
  requireIdle: () => void,
): Promise<Mismatches> {
  const {state} = await read(place);
  try {
    requireIdle();
    return putInto(injection, state, partial);
  } finally {
    disposeSaved(state);
  }
}

/** Makes the model anew, as it was, with its injection. */
export async function load(place: string | tf.io.IOHandler): Promise<Injection> {
  const {state, topology, making, metadata} = await read(place);
  let model: import('@tensorflow/tfjs-layers').LayersModel | undefined;
  try {
    if (!topology) {
      throw new InjectError(
        'CHECKPOINT_MISMATCH',
        'load needs a checkpoint of a model; this one is of a hand-written loop: make its variables and its optimizer, and restore',
      );
    }
    const {training, frozen, plugins} = making as Partial<Making>;
    if (!training || 'unsaved' in training || !Array.isArray(frozen) || !Array.isArray(plugins))
      throw unmade('the training', training);
    requireClass(training);
    const {loadLayersModel} = await import('@tensorflow/tfjs-layers');
    const artifacts = {modelTopology: topology, userDefinedMetadata: metadata ?? {}};
    model = await loadLayersModel(tf.io.fromMemory(artifacts));
    const savable = model as unknown as SavableModel;
    freezeLayers(savable, frozen);
    compileAgain(savable, training);
    const {seed} = asDamage(() => runOf(state));
    const injection = inject(model, seed === undefined ? {} : {seed});
    for (const made of plugins) injection.use(pluginOf(made));
    putInto(injection, state, false);
    return injection;
  } catch (error) {
    // What is compiled from a file is not the model's own.
    const {optimizer} = model ?? {};
    model?.dispose();
    optimizer?.dispose();
    throw error;
  } finally {
    disposeSaved(state);
  }
}

function putInto(injection: Injection, state: Saved, partial: boolean): Mismatches {
  const mismatches = asDamage(() => injection.mismatchesOf(state));
  if (mismatches.size > 0 && !partial) {
    const lines = [...mismatches].map(([name, problem]) => `  ${name} ${problem}`);
    const most = 20;
    const more = lines.length > most ? `\n  and ${lines.length - most} more` : '';
    throw new InjectError(
      'CHECKPOINT_MISMATCH',
      `a checkpoint must hold what the injection has, name by name; option partial restores what does. ` +
        `In the checkpoint:\n${lines.slice(0, most).join('\n')}${more}`,
    );
  }
  const before = injection.state();
  try {
    asDamage(() => injection.put(state, mismatches));
  } catch (error) {
    injection.put(before, new Map());
    throw error;
  } finally {
    disposeSaved(before);
  }
  return mismatches;
}

/** Whatever goes wrong in data that are not ours says that they are not whole. */
function asDamage<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof InjectError
      ? error
      : damaged(`it cannot be read (${(error as Error)?.message})`, error);
  }
}

/** The private parts of a LayersModel by which `model.save` writes it. */
interface SavableModel extends ModelInsides {
  toJSON(unused: null, returnString: false): object;
  getTrainingConfig(): tf.io.TrainingConfig;
  loadTrainingConfig(config: tf.io.TrainingConfig): void;
  userDefinedMetadata?: Readonly<Record<string, object>>;
}

function attempted<T>(body: () => T): T | {unsaved: string} {
  try {
    return body();
  } catch (error) {
    return {unsaved: (error as Error).message};
  }
}

function madeOf(plugin: Plugin): Made {
  const {className} = plugin.constructor as {className?: string};
  const {getConfig} = plugin as Partial<tf.serialization.Serializable>;
  if (!className || !getConfig) return {unsaved: `${plugin.name} is of no registered class`};
  return attempted(() => ({className, config: getConfig.call(plugin)}));
}

function pluginOf(made: Made): Plugin {
  if (!made || typeof made !== 'object' || 'unsaved' in made) throw unmade('a plugin', made);
  const plugin = registeredObject(made.className, made.config as tf.serialization.ConfigDict);
  if (plugin && 'apply' in plugin) return plugin as unknown as Plugin;
  throw unmade(`the plugin ${shown(made.className)}`, {
    unsaved: howToRegister('plugin'),
  });
}

/** As it was compiled: tfjs saves of a loss that is a function an empty record, and of such a metric the name. */
function compileAgain(model: SavableModel, training: tf.io.TrainingConfig): void {
  if (Object.keys(training.loss ?? {}).length === 0)
    throw unmade('the loss', {unsaved: 'it is a function of the program'});
  const made = attempted(() => model.loadTrainingConfig(training));
  if (made) throw unmade('the training', made);
}

/** tfjs takes an optimizer's class for a layer's where it does not know it. */
function requireClass(training: object): void {
  const {class_name: name} = ((training as tf.io.TrainingConfig).optimizer_config ?? {}) as {
    class_name?: unknown;
  };
  if (typeof name !== 'string' || isRegistered(name)) return;
  throw unmade(`the optimizer ${shown(name)}`, {unsaved: howToRegister('optimizer')});
}

const howToRegister = (kind: string) =>
  `no ${kind} of this name is imported: tfjs-inject/register has all of the library's, and tf.serialization.registerClass takes one of your own`;

function unmade(what: string, made: unknown): InjectError {
  const {unsaved = 'it is not said how'} = (made ?? {}) as {unsaved?: string};
  return new InjectError(
    'CHECKPOINT_MISMATCH',
    `load must make everything anew, and cannot make ${what} (${unsaved}): make the model, the optimizer and the plugins, and restore into their injection`,
  );
}
