import {charactersTask} from './characters.js';
import {csvTask} from './csv.js';
import {moonsTask, spiralsTask} from './points.js';
import {surfaces, surfaceTask} from './surfaces.js';
import type {Task} from './task.js';

export const tasks: ReadonlyMap<string, Task> = new Map([
  ...Object.entries(surfaces).map(([name, surface]): [string, Task] => [name, surfaceTask(surface)]),
  ['spirals', spiralsTask],
  ['moons', moonsTask],
  ['csv', csvTask],
  ['characters', charactersTask],
]);

/** A task's options, with what they begin with where they are not given. */
export function taskOptionsOf(
  {fields}: Task,
  given: Readonly<Record<string, number | string>>,
): Record<string, number | string> {
  return Object.fromEntries(fields.map(({name, start}) => [name, given[name] ?? start]));
}
