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
  const exceptions = results.flatMap(result =>
    result.accuracy
      .filter(({differing, without}) => differing > 0 || without.length > 0)
      .map(({rule, elements, differing, largest, without}) => [
        backendTitle(result),
        rule,
        `${differing} of ${elements.toLocaleString('en')}`,
        String(largest ?? 'NaN against a number'),
        without.join(' ') || '–',
      ]),
  );
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
