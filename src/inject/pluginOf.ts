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
 * What a plugin with options extends. Of a name and of what its options must be
 * it makes the constructor, which checks them, and their types.
 *
 * @param className its name in what is saved, for `tf.serialization.registerClass`; errors and `describe()` say what follows the last `/`.
 * @param specs     what each option must be.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`, from the constructor.
 * @example
 * class Scale extends pluginOf('Scale', {factor: option.number(1, {min: 0})}) {
 *   apply({hooks}) {
 *     hooks.gradients.tap(this.name, gradients =>
 *       new Map([...gradients].map(([weight, gradient]) => [weight, tf.mul(gradient, this.options.factor)])));
 *   }
 * }
 */
export function pluginOf<S extends Readonly<Record<string, OptionSpec<unknown>>>>(
  className: string,
  specs: S,
): PluginClass<OptionsOf<S>> {
  abstract class Base extends InjectPlugin<OptionsOf<S>> {
    static readonly className: string = className;

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
