import type {BackendResult} from '../results.js';
import {backendTitle, table} from './table.js';

/** How many rules agree on each backend, and below it those that do not, or have no kernel over some shape. */
export function accuracyTables(results: readonly BackendResult[]): string {
  const summary = results.map(result => {
    const {accuracy} = result;
    const elements = accuracy.reduce((sum, row) => sum + row.elements, 0);
    const largest = accuracy.some(row => row.largest === null)
      ? 'NaN against a number'
      : String(Math.max(0, ...accuracy.map(row => row.largest!)));
    return [backendTitle(result), String(accuracy.length), elements.toLocaleString('en'), largest];
  });
  const exceptions = results.flatMap(result => [
    ...result.accuracy
      .filter(({differing}) => differing > 0)
      .map(({rule, elements, differing, largest, without}) => [
        backendTitle(result),
        rule,
        `${differing} of ${elements.toLocaleString('en')}`,
        String(largest ?? 'NaN against a number'),
        without.join(' ') || '–',
      ]),
    ...withoutDifference(result),
  ]);
  const all = table(['backend', 'rules', 'numbers compared', 'largest difference'], summary);
  if (exceptions.length === 0)
    return `${all}\n\nNo rule differs anywhere, and none was left without a kernel.`;
  const head = [
    'backend',
    'rule',
    'numbers that differ',
    'largest difference',
    'shapes without a kernel or a reference',
  ];
  return `${all}\n\n${table(head, exceptions)}`;
}

/** Those that agree, but not over all shapes: how many lack the same ones. */
function withoutDifference(result: BackendResult): string[][] {
  const lacks = new Map<string, number>();
  for (const {differing, without} of result.accuracy) {
    if (differing > 0 || without.length === 0) continue;
    const shapes = without.join(' ');
    lacks.set(shapes, (lacks.get(shapes) ?? 0) + 1);
  }
  return [...lacks].map(([shapes, count]) => [backendTitle(result), `${count} rules`, '0', '0', shapes]);
}
