import type {LayersModel} from '@tensorflow/tfjs-layers';
import {injectPlugin} from './inject.js';
import type {Injection, Plugin} from './injection.js';

/**
 * A plugin with `inject`: taps the hooks of an injection in `apply`, and keeps
 * its state in `injection.slotsOf(this)` and in fields of its own.
 */
export abstract class InjectPlugin implements Plugin {
  abstract readonly name: string;

  abstract apply(injection: Injection): void;

  /**
   * Joins the model's injection, which is made if there is none.
   *
   * @throws InjectError as `inject` and `Injection.use` do.
   */
  inject(model: LayersModel): Injection {
    return injectPlugin(model, this);
  }
}
