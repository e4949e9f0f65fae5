import type {BackendResult} from '../results.js';
import {judge} from './aims.js';
import {backendTitle, shown, table} from './table.js';

type Row = readonly [title: string, case_: string, aim: string, found: string, isMet: boolean];

/** What is aimed at, beside what was found. */
export function aimTable(results: readonly BackendResult[]): string {
  const rows = [...timed(results), ...results.flatMap(untimed)].map(([title, name, aim, found, isMet]) => [
    title,
    name,
    aim,
    found,
    isMet ? 'met' : '**not yet**',
  ]);
  return table(['backend', 'case', 'aim', 'found', ''], rows);
}

function timed(results: readonly BackendResult[]): Row[] {
  return judge(results).map(({result, row, aim, found, isMet}) => {
    const unit = aim.inMicroseconds ? 'µs per batch, ' : '';
    const by = aim.by === 'upper' ? 'upper end' : 'median';
    const wanted = `${unit}${by} ≤ ${Number(aim.bound.toFixed(3))}`;
    const value = aim.inMicroseconds ? shown(found, 1) : shown(found);
    return [backendTitle(result), `${row.group}: ${row.name}`, wanted, value, isMet];
  });
}

/** What needs no clock. */
function untimed(result: BackendResult): Row[] {
  const {backend, counts, memory, accuracy} = result;
  const title = backendTitle(result);
  const count = counts.flatMap(({name, ours, theirs}): Row[] => {
    const isOfPrograms = name.startsWith('programs');
    // On large tensors launches do not matter.
    if (isOfPrograms && !name.includes('64 tensors')) return [];
    const share = isOfPrograms ? 1 / (backend === 'webgl' ? 7 : 4.5) : /Heun|SAM/.test(name) ? 2 : 1;
    const wanted = Math.floor(share * theirs);
    const sign = name.includes('our Adam') ? '≤' : '=';
    return [[title, name, `${sign} ${wanted}`, String(ours), ours <= wanted]];
  });
  const peaks = memory
    // A GPU's programs run in the preparation of a step, where they may still fail: their results are all there at once.
    .filter(({name}) => name.startsWith('our Adam') && !backend.startsWith('web'))
    .map(({name, peak, largestWeight}): Row => {
      const wanted = 3 * largestWeight;
      const isMet = peak <= wanted + 0.005;
      return [title, `peak in a step: ${name}`, `≤ ${wanted.toFixed(2)}`, peak.toFixed(2), isMet];
    });
  const largest = accuracy.some(row => row.largest === null)
    ? Number.POSITIVE_INFINITY
    : Math.max(0, ...accuracy.map(row => row.largest!));
  const most = backend.startsWith('web') ? 2 : 0;
  return [
    ...count,
    ...peaks,
    [title, 'units in the last place', `≤ ${most}`, String(largest), largest <= most],
  ];
}
