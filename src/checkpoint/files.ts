import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {damaged} from './damaged.js';
import {joinedBuffer} from './joinedBuffer.js';

type Files = typeof import('node:fs/promises');
type Paths = typeof import('node:path');

const scheme = 'file://';
const modelFile = 'model.json';
/** Names must differ, and `Math.random` is not ours to draw from: masks may follow from it. */
let saves = 0;

/** The path that a URL names, where it is one of a file. */
export function pathOf(url: string): string | undefined {
  return url.startsWith(scheme) ? url.slice(scheme.length) : undefined;
}

/** @throws InjectError `INVALID_OPTION` where there are no files, in a browser. */
export function fileSystem(): {files: Files; paths: Paths} {
  const {process} = globalThis as {process?: {getBuiltinModule?(name: string): unknown}};
  const files = process?.getBuiltinModule?.('node:fs/promises') as Files | undefined;
  const paths = process?.getBuiltinModule?.('node:path') as Paths | undefined;
  if (files && paths) return {files, paths};
  throw new InjectError('INVALID_OPTION', 'a URL that begins with file:// needs Node, 20.16 or later');
}

/**
 * A folder that holds one checkpoint, as TensorFlow.js lays it out: `model.json`, and the tensors in the file which that names. What is there
 * stays whole until the new one is: the tensors get a name of their own, and `model.json`, which names them, is
 * replaced at once, by `rename`.
 */
export class Folder implements tf.io.IOHandler {
  constructor(private readonly path: string) {}

  readonly save = async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    const {files, paths} = fileSystem();
    const {weightData, weightSpecs, modelTopology, userDefinedMetadata, ...rest} = artifacts;
    const weightsFile = `weights-${[Date.now(), process.pid, saves++].map(each => each.toString(36)).join('-')}.bin`;
    const model = {
      modelTopology,
      weightsManifest: [{paths: [weightsFile], weights: weightSpecs}],
      ...rest,
      userDefinedMetadata,
    };
    const [target, beside] = [modelFile, `${weightsFile}.json`].map(name => paths.join(this.path, name));
    await files.mkdir(this.path, {recursive: true});
    const made = [paths.join(this.path, weightsFile), beside!];
    try {
      await writeThrough(files, made[0]!, new Uint8Array(weightData as ArrayBuffer));
      await writeThrough(files, made[1]!, JSON.stringify(model));
      await files.rename(beside!, target!);
    } catch (error) {
      await Promise.allSettled(made.map(file => files.rm(file, {force: true})));
      throw error;
    }
    await syncFolder(files, this.path);
    await this.removeOthers(weightsFile);
    return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)};
  };

  readonly load = async (): Promise<tf.io.ModelArtifacts> => {
    const {files, paths} = fileSystem();
    const isFile = this.path.endsWith('.json');
    const folder = isFile ? paths.dirname(this.path) : this.path;
    const file = isFile ? this.path : paths.join(folder, modelFile);
    const model = parsed(await files.readFile(file, 'utf8').catch(orRaise(missing(file))));
    return tf.io.getModelArtifactsForJSON(model, async manifest => {
      const names = manifest.flatMap(group => group.paths);
      const outside = names.find(name => typeof name !== 'string' || name !== paths.basename(name));
      if (outside !== undefined)
        throw damaged(`its tensors must be in files of its own folder; received ${outside}`);
      const read = (name: string) =>
        files.readFile(paths.join(folder, name)).catch(orRaise(damaged(`its file ${name} is not there`)));
      const parts = await Promise.all(names.map(read));
      const buffers = parts.map(({buffer, byteOffset, byteLength}) =>
        byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength),
      );
      return [manifest.flatMap(group => group.weights), joinedBuffer(buffers as ArrayBuffer[])];
    });
  };

  /** Tensors of former checkpoints, and what a killed process has left. */
  private async removeOthers(kept: string): Promise<void> {
    const {files, paths} = fileSystem();
    for (const name of await files.readdir(this.path))
      if (/^weights-.*\.bin(\.json)?$/.test(name) && name !== kept)
        await files.rm(paths.join(this.path, name), {force: true});
  }
}

/** Raises an error in place of the system's where a file is not there. */
const orRaise =
  (error: InjectError) =>
  (cause: NodeJS.ErrnoException): never => {
    throw /^ENO(ENT|TDIR)$/.test(cause.code!) ? Object.assign(error, {cause}) : cause;
  };

const missing = (file: string) =>
  new InjectError('CHECKPOINT_MISSING', `there must be a checkpoint; received ${file}, which is not there`);

function parsed(text: string): tf.io.ModelJSON {
  try {
    const model = JSON.parse(text);
    if (Array.isArray(model?.weightsManifest)) return model;
  } catch (error) {
    throw damaged('its model.json must be JSON', error);
  }
  throw damaged('its model.json must list its tensors');
}

/** On the disk itself before it is renamed: a name must not outlive a power cut that its content has not. */
async function writeThrough(files: Files, path: string, content: string | Uint8Array): Promise<void> {
  const file = await files.open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Where the system has it: Windows has no such call for a folder. */
async function syncFolder(files: Files, path: string): Promise<void> {
  try {
    const folder = await files.open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {}
}
