import {InjectError} from '../../errors.js';
import type {Injection, Plugin} from '../../inject/injection.js';

/** @throws InjectError `PLUGIN_CONFLICT` where a plugin of this name is in use already; `why` says what a second would do. */
export function requireAlone({name}: Plugin, {plugins}: Injection, why: string): void {
  if (!plugins.some(plugin => plugin.name === name)) return;
  throw new InjectError('PLUGIN_CONFLICT', `a model takes one ${name}: ${why}; received a second one`);
}
