import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../../errors.js';
import type {InjectOptimizer} from '../../inject/injectOptimizer.js';

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
  const {classNameMap} = tf.serialization.SerializationMap.getMap();
  const [Class, fromConfig] = Object.hasOwn(classNameMap, className) ? classNameMap[className]! : [];
  if (Class && fromConfig) return fromConfig(Class, config) as InjectOptimizer;
  throw new InjectError(
    'INVALID_OPTION',
    `an optimizer's class must be imported before it is loaded; ${className} is not (tfjs-inject/register has all)`,
  );
}
