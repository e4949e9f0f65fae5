import type {Interval} from '../interval.js';
import {isSoftware} from '../isSoftware.js';
import type {BackendResult} from '../results.js';

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A ratio with its interval: three digits, or two where it is above 1. */
export function shown({median, low, high}: Interval, digits = median < 1 ? 3 : 2): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** A group's ratios: a row for each name, a column for each backend. */
export function ratioTable(results: readonly BackendResult[], group: string, title: string): string {
  const names = [...new Set(results.flatMap(({ratios, omitted}) => namesIn(group, [...ratios, ...omitted])))];
  const rows = names.map(name => [
    name,
    ...results.map(({ratios, omitted}) => {
      const is = (row: {group: string; name: string}) => row.group === group && row.name === name;
      const row = ratios.find(is);
      return row ? shown(row.ratio) : (omitted.find(is)?.reason ?? 'not measured');
    }),
  ]);
  return table([title, ...results.map(backendTitle)], rows);
}

export function backendTitle({backend, versions}: Pick<BackendResult, 'backend' | 'versions'>): string {
  const where = versions.GPU === undefined || isSoftware(versions.GPU) ? 'in software' : 'on a GPU';
  const titles: Readonly<Record<string, string>> = {
    tensorflow: 'tfjs-node',
    webgl: `WebGL ${where}`,
    webgpu: `WebGPU ${where}`,
  };
  return titles[backend] ?? backend;
}

function namesIn(group: string, rows: readonly {group: string; name: string}[]): string[] {
  return rows.filter(row => row.group === group).map(({name}) => name);
}
