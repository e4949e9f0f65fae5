import * as tf from '@tensorflow/tfjs-core';
import {Folder, fileSystem, pathOf} from './files.js';
import {handlerOf} from './handlers.js';

/** Checkpoints side by side under one URL, each under a name. */
export interface Shelf {
  /** The names that are there, in their order. */
  list(): Promise<string[]>;
  /** Where one is saved to and loaded from. */
  place(name: string): tf.io.IOHandler;
  remove(name: string): Promise<void>;
}

/** A folder, with a folder for each; or what TensorFlow.js stores under URLs that begin with this one. */
export function shelfAt(url: string): Shelf {
  const path = pathOf(url);
  return path === undefined ? storedUnder(url.replace(/\/+$/, '')) : foldersIn(path);
}

function foldersIn(path: string): Shelf {
  const {files, paths} = fileSystem();
  return {
    async list() {
      try {
        const entries = await files.readdir(path, {withFileTypes: true});
        return entries.flatMap(entry => (entry.isDirectory() ? [entry.name] : [])).sort();
      } catch (error) {
        if ((error as {code?: string}).code === 'ENOENT') return [];
        throw error;
      }
    },
    place: name => new Folder(paths.join(path, name)),
    remove: name => files.rm(paths.join(path, name), {recursive: true, force: true}),
  };
}

function storedUnder(url: string): Shelf {
  return {
    async list() {
      const stored = Object.keys(await tf.io.listModels());
      return stored.flatMap(each => (each.startsWith(`${url}/`) ? [each.slice(url.length + 1)] : [])).sort();
    },
    place: name => ({
      save: artifacts => handlerOf(`${url}/${name}`, 'save').save!(artifacts),
      load: () => handlerOf(`${url}/${name}`, 'load').load!(),
    }),
    async remove(name) {
      await tf.io.removeModel(`${url}/${name}`);
    },
  };
}
