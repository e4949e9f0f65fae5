import type * as tf from '@tensorflow/tfjs-core';
import {InjectPlugin} from './injectPlugin.js';
import {loadedOptions, type OptionSpec, type OptionSpecs, type OptionsOf} from './options.js';

/** A class to extend, which lacks `apply`. */
type PluginClass<O extends object> = (abstract new (
  options?: Partial<O>,
) => InjectPlugin<O>) & {
  readonly className: string;
  readonly fromConfig: typeof tf.serialization.Serializable.fromConfig;
};

/**
 * The class that a plugin of this library extends: with a name, by which it is
 * saved as `tfjs-inject/<name>`, and with what its options must be.
 */
export function pluginOf<S extends Readonly<Record<string, OptionSpec<unknown>>>>(
  name: string,
  specs: S,
): PluginClass<OptionsOf<S>> {
  abstract class Base extends InjectPlugin<OptionsOf<S>> {
    static readonly className: string = `tfjs-inject/${name}`;

    constructor(options?: Partial<OptionsOf<S>>) {
      super(options, specs as unknown as OptionSpecs<OptionsOf<S>>);
    }

    static override fromConfig<T extends tf.serialization.Serializable>(
      cls: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      return new cls(loadedOptions(config, specs));
    }
  }
  return Base;
}
