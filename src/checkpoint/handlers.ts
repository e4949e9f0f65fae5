import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {Folder, pathOf} from './files.js';

/** The handler that saves to a URL, or loads from it: on disk ours, which replaces at once; else TensorFlow.js's own. */
export function handlerOf(place: string | tf.io.IOHandler, verb: 'save' | 'load'): tf.io.IOHandler {
  const handler = typeof place === 'string' ? handlerOfUrl(place, verb) : place;
  if (typeof handler?.[verb] === 'function') return handler;
  throw new InjectError(
    'INVALID_OPTION',
    `${verb === 'save' ? 'save needs' : 'load and restore need'} a URL or a handler that can ${verb}; received ${shown(place)}`,
  );
}

function handlerOfUrl(url: string, verb: 'save' | 'load'): tf.io.IOHandler {
  const path = pathOf(url);
  if (path !== undefined) return new Folder(path);
  const handlers = verb === 'save' ? tf.io.getSaveHandlers(url) : tf.io.getLoadHandlers(url);
  const [handler] = handlers;
  if (handler && handlers.length === 1) return handler;
  throw new InjectError(
    'INVALID_OPTION',
    `a URL must be of a scheme that TensorFlow.js can ${verb} here (file://, indexeddb://, localstorage://, ` +
      `downloads://, http://); received ${shown(url)}, for which there are ${handlers.length} handlers`,
  );
}
