import type * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../../errors.js';
import type {InjectOptimizer} from '../../inject/injectOptimizer.js';
import {registeredObject} from '../../inject/registeredObject.js';

/** An optimizer inside another's saved options. */
export interface SavedOptimizer {
  className: string;
  config: tf.serialization.ConfigDict;
}

export function savedOptimizer(optimizer: InjectOptimizer): SavedOptimizer {
  return {className: optimizer.getClassName(), config: optimizer.getConfig()};
}

/** @throws InjectError `INVALID_OPTION` where its class has not been imported. */
export function loadedOptimizer({className, config}: SavedOptimizer): InjectOptimizer {
  const optimizer = registeredObject(className, config);
  if (optimizer) return optimizer as InjectOptimizer;
  throw new InjectError(
    'INVALID_OPTION',
    `an optimizer's class must be imported before it is loaded; ${className} is not (tfjs-inject/register has all)`,
  );
}
