import * as tf from '@tensorflow/tfjs-core';

export function isRegistered(className: string): boolean {
  return Object.hasOwn(tf.serialization.SerializationMap.getMap().classNameMap, className);
}

/** Makes an object of a class that is registered by this name; `undefined` where none is. A name only selects. */
export function registeredObject(
  className: string,
  config: tf.serialization.ConfigDict,
): tf.serialization.Serializable | undefined {
  const {classNameMap} = tf.serialization.SerializationMap.getMap();
  const [Class, fromConfig] = Object.hasOwn(classNameMap, className) ? classNameMap[className]! : [];
  return Class && fromConfig ? fromConfig(Class, config) : undefined;
}
