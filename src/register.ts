/**
 * Registers every class and schedule, for loading saved models by name. Each
 * also registers itself where it is imported; this entry is for programs that
 * load a model without naming what it was trained with.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as library from './index.js';

// By use, and not by import alone: bundlers drop modules of which nothing is used.
for (const exported of Object.values(library) as Partial<tf.serialization.SerializableConstructor<never>>[]) {
  if (typeof exported?.className === 'string' && exported.className.startsWith('tfjs-inject/'))
    tf.serialization.registerClass(exported as tf.serialization.SerializableConstructor<never>);
}
