import {type Backend, backends} from './backends.js';
import {optimizers, optionsAt, optionsOf, type Part, plugins, type Value} from './catalogue.js';
import {tasks} from './tasks/index.js';
import type {Task} from './tasks/task.js';

/** An optimizer and the plugins around it, in the order of `use`. */
export interface Stack {
  readonly optimizer: Part;
  readonly plugins: readonly Part[];
}

/** Everything that a page shows and a link holds. */
export interface Setting {
  readonly task: string;
  /** What a task is made of: numbers and names, and the user's own text. */
  readonly taskOptions: Readonly<Record<string, number | string>>;
  readonly backend: Backend;
  readonly steps: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly stacks: readonly Stack[];
}

const part = (name: string, options: Part['options'] = {}): Part => ({name, options});

export const firstSetting: Setting = {
  task: 'ravine',
  taskOptions: {},
  backend: 'cpu',
  steps: 60,
  batchSize: 32,
  seed: 1,
  stacks: [
    {optimizer: part('SGD', {learningRate: 0.035}), plugins: []},
    {optimizer: part('Heun', {learningRate: 0.035}), plugins: []},
    {optimizer: part('Adam', {learningRate: 0.2}), plugins: [part('Lookahead')]},
  ],
};

/** What keeps a setting from being run, in words for whoever made it; nothing where it can be. */
export function problemsOf(setting: Setting): string[] {
  const {task, backend, steps, batchSize, seed, stacks} = setting;
  const problems: string[] = [];
  const need = (holds: boolean, text: string) => {
    if (!holds) problems.push(text);
  };
  need(tasks.has(task), `The task must be one of ${[...tasks.keys()].join(', ')}; received ${task}.`);
  need(backends.includes(backend), `The backend must be one of ${backends.join(', ')}; received ${backend}.`);
  need(
    Number.isInteger(steps) && steps >= 1 && steps <= 100_000,
    `Steps must be an integer from 1 to 100,000; received ${steps}.`,
  );
  need(
    Number.isInteger(batchSize) && batchSize >= 1,
    `The batch size must be an integer ≥ 1; received ${batchSize}.`,
  );
  need(Number.isInteger(seed), `The seed must be an integer; received ${seed}.`);
  need(stacks.length > 0, 'There must be at least one stack.');
  for (const [i, {optimizer, plugins: around}] of stacks.entries()) {
    const of = (list: typeof optimizers, {name, options}: Part) => {
      const entry = list.get(name);
      if (!entry) return `has no ${list === optimizers ? 'optimizer' : 'plugin'} ${name}`;
      try {
        entry.check(optionsAt(optionsOf({name, options}), 100));
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const text of [of(optimizers, optimizer), ...around.map(each => of(plugins, each))])
      if (text !== undefined) problems.push(`Stack ${i + 1}: ${text}`);
  }
  return problems;
}

/** A setting read from outside: of the right shape in every place, or an error that says where it is not. */
export function settingFrom(data: unknown): Setting {
  const object = recordFrom(data, 'the setting');
  const setting: Setting = {
    task: textFrom(object.task, 'task'),
    taskOptions: valuesFrom(object.taskOptions, 'taskOptions') as Setting['taskOptions'],
    backend: textFrom(object.backend, 'backend') as Backend,
    steps: numberFrom(object.steps, 'steps'),
    batchSize: numberFrom(object.batchSize, 'batchSize'),
    seed: numberFrom(object.seed, 'seed'),
    stacks: listFrom(object.stacks, 'stacks').map(stack => {
      const {optimizer, plugins: around} = recordFrom(stack, 'a stack');
      return {optimizer: partFrom(optimizer), plugins: listFrom(around, 'plugins').map(partFrom)};
    }),
  };
  const [problem] = problemsOf(setting);
  if (problem) throw new TypeError(problem);
  return setting;
}

function partFrom(data: unknown): Part {
  const {name, options} = recordFrom(data, 'an optimizer or plugin');
  return {name: textFrom(name, 'name'), options: valuesFrom(options, 'options')};
}

function valuesFrom(data: unknown, what: string): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(recordFrom(data, what)).map(([name, value]) => {
      if (['number', 'boolean', 'string'].includes(typeof value)) return [name, value as Value];
      const {curve, peak} = recordFrom(value, name);
      return [name, {curve: textFrom(curve, 'curve'), peak: numberFrom(peak, 'peak')} as Value];
    }),
  );
}

function recordFrom(data: unknown, what: string): Record<string, unknown> {
  if (typeof data === 'object' && data !== null && !Array.isArray(data))
    return data as Record<string, unknown>;
  throw new TypeError(`${what} must be an object; received ${JSON.stringify(data)}`);
}

function listFrom(data: unknown, what: string): unknown[] {
  if (Array.isArray(data)) return data;
  throw new TypeError(`${what} must be a list; received ${JSON.stringify(data)}`);
}

function textFrom(data: unknown, what: string): string {
  if (typeof data === 'string') return data;
  throw new TypeError(`${what} must be a text; received ${JSON.stringify(data)}`);
}

function numberFrom(data: unknown, what: string): number {
  if (typeof data === 'number' && Number.isFinite(data)) return data;
  throw new TypeError(`${what} must be a finite number; received ${JSON.stringify(data)}`);
}

export function taskOf({task}: Setting): Task {
  return tasks.get(task)!;
}
