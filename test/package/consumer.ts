/** A user's program, which test/package/types.test.ts compiles against the package as it is installed. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {
  Adam,
  type AdamOptions,
  type Injection,
  InjectPlugin,
  inject,
  Lookahead,
  optimizerOf,
  option,
  type Phase,
  updateGroup,
  verify,
} from 'tfjs-inject';
import {cosine} from 'tfjs-inject/schedules';
import 'tfjs-inject/register';

const options: AdamOptions = {learningRate: cosine({initialValue: 0.1, decaySteps: 10}), decay: 'l2'};

export class Descent extends optimizerOf('Descent', {learningRate: option.rate(0.1), k: option.number(1)}) {
  getGroupedUpdates() {
    const k: number = this.options.k;
    return [
      updateGroup({
        name: 'descent',
        slots: {m: 'zeros'},
        update: ({weight, gradient, m, learningRate}) => ({
          weight: weight.sub(gradient.mul(learningRate).mul(k)),
          m,
        }),
      }),
    ];
  }
}

/** The one of docs/recipes/customLoop.md. */
const stopWhenFlat = {
  name: 'stopWhenFlat',
  apply({hooks}: Injection): void {
    let [best, waited] = [Number.POSITIVE_INFINITY, 0];
    hooks.boundary.tap('stopWhenFlat', ({kind, logs, stop}) => {
      if (kind !== 'epoch') return;
      if (logs.val_loss < 0.9 * best) [best, waited] = [logs.val_loss, 0];
      else if (++waited === 10) stop();
    });
  },
};

class Count extends InjectPlugin {
  phases = 0;
  apply(injection: Injection): void {
    injection.hooks.afterPhase.tap(this.name, (phase: Phase) => {
      this.phases = Math.max(this.phases, phase.index);
    });
  }
}

export async function train(model: LayersModel): Promise<number> {
  const injection = new Adam(options).inject(model);
  inject(model)
    .use(new Lookahead({k: 5}))
    .use(new Count())
    .use(stopWhenFlat);
  // @ts-expect-error it is beta1
  new Adam({beta_1: 0.9});
  // @ts-expect-error a number
  new Descent({k: '2'});
  await verify(model, tf.ones([1, 2]), tf.ones([1, 1]));
  return injection.iterations;
}
