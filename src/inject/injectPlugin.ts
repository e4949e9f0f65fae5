import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {type InjectOptions, injectPlugin} from './inject.js';
import type {Injection, Plugin} from './injection.js';
import {checkOptions, configOf, loadedOptions, type OptionSpecs, type Rate, rateAt} from './options.js';
import {shortName} from './shortName.js';

/**
 * A plugin with `inject`: taps the hooks of an injection in `apply`, and keeps
 * its state (tensors per weight, counters) in `injection.slotsOf(this)`.
 *
 * A subclass passes its options and what they must be to `super`. To be loaded
 * by name it needs a static `className` and `tf.serialization.registerClass`.
 *
 * @param options what the user gave.
 * @param specs   what each option must be.
 * @throws InjectError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 */
export abstract class InjectPlugin<O extends object = object>
  extends tf.serialization.Serializable
  implements Plugin
{
  /** Names the plugin in errors, in `describe()` and in what is saved; by default its class's name. */
  readonly name: string = this.shortName;
  /** The options, with defaults filled in. */
  readonly options: Readonly<O>;
  private readonly specs: OptionSpecs<O>;

  constructor(options?: Partial<O>, specs: OptionSpecs<O> = {} as OptionSpecs<O>) {
    super();
    this.specs = specs;
    this.options = Object.freeze(checkOptions(this.shortName, options, specs));
  }

  abstract apply(injection: Injection): void;

  /**
   * Joins the injection of a model, or of an optimizer in a hand-written loop,
   * which is made if there is none.
   *
   * @param options as of `inject`.
   * @throws InjectError as `inject` and `Injection.use` do.
   */
  inject(target: LayersModel | tf.Optimizer, options?: InjectOptions): Injection {
    return injectPlugin(target, this, options);
  }

  override getClassName(): string {
    return (this.constructor as {className?: string}).className ?? this.constructor.name;
  }

  /** @throws InjectError `INVALID_OPTION` where an option is what no file can hold: neither plain nor one of `schedules`, without `saved` in its spec. */
  override getConfig(): tf.serialization.ConfigDict {
    const isFinal = this.getConfig === InjectPlugin.prototype.getConfig;
    return configOf(this.shortName, this.options, this.specs, isFinal);
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(loadedOptions(config));
  }

  /**
   * The value of a rate-like option after so many completed steps.
   *
   * @throws InjectError `INVALID_OPTION` where a schedule gives what the option may not be.
   */
  rateOf(option: keyof O & string, iterations: number): number {
    return rateAt(
      this.shortName,
      this.options[option] as Rate,
      iterations,
      option,
      this.specs[option].bounds,
    );
  }

  private get shortName(): string {
    return shortName(this);
  }
}
