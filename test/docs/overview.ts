import {plugins} from '../contract/pluginRegistry.js';
import {type OptimizerEntry, optimizers} from '../contract/registry.js';

/** The entries of the registry by the names of their classes. */
function byClass<E extends {make(): object}>(entries: readonly E[]): Map<string, E[]> {
  const classes = new Map<string, E[]>();
  for (const entry of entries) {
    const {name} = entry.make().constructor;
    classes.set(name, [...(classes.get(name) ?? []), entry]);
  }
  return classes;
}

/** The file of a class's card: `RMSprop` in rmsprop, `AdaBelief` in adaBelief; the schedule-free ones share one. */
export function cardOf(name: string): string {
  if (name.startsWith('ScheduleFree')) return 'cards/scheduleFree.md';
  const isAcronym = /^[A-Z]{2}/.test(name);
  return `cards/${isAcronym ? name.toLowerCase() : name[0]!.toLowerCase() + name.slice(1)}.md`;
}

function rowOf(name: string, [first, ...others]: readonly OptimizerEntry[]): string {
  const {phases, slots} = first!;
  const tested = others.map(entry => entry.name).join('; ');
  return `| [${name}](${cardOf(name)}) | ${phases} | ${slots.join(', ') || '–'} | ${tested || '–'} |`;
}

/** The page docs/overview.md, as the registry has it. */
export function overview(): string {
  const optimizerRows = [...byClass(optimizers)].map(([name, entries]) => rowOf(name, entries));
  const pluginRows = [...byClass(plugins)].map(
    ([name, [first]]) => `| [${name}](${cardOf(name)}) | ${first!.slots} |`,
  );
  return `# Overview

Made by \`npm run overview\` from the registry of the tests: the whole battery runs on every row. Phases are the gradients
that a step takes; slots are what is kept for each weight.

| optimizer | phases | slots | tested beside its defaults |
| --- | --- | --- | --- |
${optimizerRows.join('\n')}

| plugin | tensors for each weight |
| --- | --- |
${pluginRows.join('\n')}
`;
}
