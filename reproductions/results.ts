import type {Effort, Run} from './experiment.js';

/** What stands in the file of an experiment. */
export interface Result {
  readonly experiment: string;
  readonly effort: Effort;
  readonly versions: Readonly<Record<string, string>>;
  readonly runs: readonly Run<never, unknown>[];
}

const spelled = new Map<unknown, number>([
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
]);

/** One run per line; six digits of what is no whole number; what JSON has no number for is spelled. */
export function resultText({runs, ...head}: Result): string {
  const line = (value: unknown) =>
    JSON.stringify(value, (_, each) => {
      if (typeof each !== 'number' || Number.isInteger(each)) return each;
      return Number.isFinite(each) ? Number(each.toPrecision(6)) : String(each);
    });
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"runs":[\n${runs.map(line).join(',\n')}\n]}\n`;
}

export function readResult(text: string): Result {
  return JSON.parse(text, (_, value) => (spelled.has(value) ? spelled.get(value) : value));
}
