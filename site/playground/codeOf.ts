import {type Curve, isCurve, optimizers, optionsOf, type Part, type Value, warmupOf} from './catalogue.js';
import type {Setting, Stack} from './setting.js';

/**
 * The lines with which a program of one's own gets this stack around its `model`, and trains it on `xs` and `ys`; of a setting
 * that has no problems.
 */
export function codeOf(stack: Stack, setting: Setting): string {
  const {steps, batchSize, seed} = setting;
  const {optimizer, plugins} = stack;
  const isNative = optimizers.get(optimizer.name)?.origin === 'tf.train';
  const parts = [...(isNative ? [] : [optimizer]), ...plugins];
  const usesSchedules = parts.some(part => Object.values(optionsOf(part)).some(isCurve));
  const names = ['inject', ...(usesSchedules ? ['schedules'] : []), ...parts.map(({name}) => name)];
  const made = (part: Part) => `new ${part.name}(${objectOf(optionsOf(part), steps)})`;
  const compiled = isNative ? nativeCall(optimizer) : "'sgd'";
  return [
    ...(isNative ? ["import * as tf from '@tensorflow/tfjs';"] : []),
    `import {${[...new Set(names)].sort((a, b) => a.localeCompare(b)).join(', ')}} from 'tfjs-inject';`,
    '',
    `model.compile({optimizer: ${compiled}, loss});`,
    `const injection = inject(model, {seed: ${seed}});`,
    ...(isNative ? [] : [`${made(optimizer)}.inject(model);`]),
    ...plugins.map(part => `injection.use(${made(part)});`),
    `await model.fit(xs, ys, {batchSize: ${batchSize}, epochs});`,
    '',
  ].join('\n');
}

function nativeCall(part: Part): string {
  const {further} = optimizers.get(part.name)!;
  return `${part.name}(${[optionsOf(part).learningRate, ...further].join(', ')})`;
}

function objectOf(options: Readonly<Record<string, Value>>, steps: number): string {
  const entries = Object.entries(options).map(([name, value]) => `${name}: ${textOf(value, steps)}`);
  return entries.length === 0 ? '' : `{${entries.join(', ')}}`;
}

function textOf(value: Value, steps: number): string {
  if (isCurve(value)) return scheduleText(value, steps);
  // A link's texts are somebody else's: none of them ends here.
  return JSON.stringify(value);
}

function scheduleText({curve, peak}: Curve, steps: number): string {
  const over = (name: string, length: number) =>
    `schedules.${name}({initialValue: ${peak}, decaySteps: ${length}})`;
  const warmupSteps = warmupOf(steps);
  switch (curve) {
    case 'linear':
      return over('polynomial', steps);
    case 'cosine':
      return over('cosine', steps);
    case 'warmup, cosine':
      return `schedules.warmup({warmupSteps: ${warmupSteps}, schedule: ${over('cosine', steps - warmupSteps)}})`;
  }
}
