import {InjectError} from '../../errors.js';
import type {Injection} from '../../inject/injection.js';
import type {InjectPlugin} from '../../inject/injectPlugin.js';
import {type OptionSpec, oneOf} from '../../inject/options.js';
import {stages} from '../../inject/stages.js';
import {updateGroup} from '../../rules/index.js';
import {shownSlot} from './shownSlot.js';

/** Which weights evaluation sees, of a plugin that averages them. */
export interface AverageOptions {
  readonly evaluateOn: 'average' | 'training';
}

export const evaluateOnSpec: OptionSpec<AverageOptions['evaluateOn']> = oneOf(
  'average',
  'average',
  'training',
);

/** Linear, and exact where average = weight. */
const move = updateGroup({
  name: 'average',
  slots: {average: 'weight'},
  scalars: ['share'],
  update: ({weight, average, share}) => ({average: average.add(weight.sub(average).mul(share))}),
});

/** Moves the slot `average` of a plugin towards the weights, by a share of the way; that of a frozen one stays, as what is seen of it does. */
export function moveAverage(plugin: InjectPlugin, injection: Injection, share: number): void {
  const {weights} = injection;
  // To the last bit: neither no way at all nor the whole way is left to arithmetic.
  if (share === 0) return;
  if (share < 1) injection.update(plugin, move, {share}, weights);
  else for (const weight of weights) injection.slotsOf(plugin).write('average', weight, weight.variable);
}

/**
 * Shows the slot `average` of a plugin to evaluation, from when `isReady`.
 *
 * @throws InjectError `PLUGIN_CONFLICT` where another average is shown.
 */
export function showAverage(
  plugin: InjectPlugin<AverageOptions>,
  injection: Injection,
  isReady: () => boolean,
): void {
  if (plugin.options.evaluateOn === 'training') return;
  const other = injection.plugins.find(
    each => (each as Partial<InjectPlugin<AverageOptions>>).options?.evaluateOn === 'average',
  );
  if (other) {
    throw new InjectError(
      'PLUGIN_CONFLICT',
      `evaluation can see one average: of ${other.name} and ${plugin.name}, one must have evaluateOn 'training'; ` +
        `received 'average' of both`,
    );
  }
  injection.hooks.evaluationWeights.tap({name: plugin.name, stage: stages.showAverage}, () =>
    isReady() ? shownSlot(injection, injection.slotsOf(plugin), 'average') : undefined,
  );
}
