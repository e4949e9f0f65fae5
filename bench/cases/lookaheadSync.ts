import * as tf from '@tensorflow/tfjs-core';
import {
  type Injection,
  Lookahead,
  type Plugin,
  type RuleGroup,
  type Step,
  type Weight,
} from '../../src/index.js';
import {createHooks} from '../../src/inject/hooks.js';
import {Slots} from '../../src/inject/slots.js';
import {update} from '../../src/inject/update.js';
import type {Environment} from '../environment.js';
import {type Contender, timed} from '../pairs.js';
import type {Field} from './field.js';

/** Lookahead that syncs in each step, over variables alone: what it does beside the step, and the group that does it. */
export function lookaheadSync(
  field: Field,
  {settle}: Environment,
): {group: RuleGroup; contender: Contender; dispose: () => void} {
  const weights: Weight[] = field.variables.map(variable => ({key: variable.name, variable}));
  const slots = new Slots('Lookahead');
  const hooks = createHooks();
  let group: RuleGroup | undefined;
  const injection = {
    hooks,
    weights,
    plugins: [],
    slotsOf: () => slots,
    update(_: Plugin, used: RuleGroup, scalars?: Readonly<Record<string, number>>) {
      group = used;
      update(used, {weights, slots, iterations: 0, learningRate: 0, ...(scalars && {scalars})});
    },
  };
  new Lookahead({k: 1, alpha: 0.5}).apply(injection as unknown as Injection);
  const step: Step = {iterations: 1, weights, written: new Set(), learningRate: 0, isFinal: false};
  const sync = () => tf.tidy(() => hooks.afterStep.call(step));
  sync();
  return {group: group!, contender: timed(sync, settle), dispose: () => slots.dispose()};
}
