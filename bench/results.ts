import type {Interval} from './interval.js';

/** One comparison. */
export interface RatioRow {
  /** What tables gather: `updates`, `rules`, `fits` … */
  readonly group: string;
  readonly name: string;
  /** Our time over the other's. */
  readonly ratio: Interval;
  /** Our time less the other's per batch, in microseconds: where a case asks for it. */
  readonly microseconds?: Interval;
}

/** What was counted, not timed. */
export interface CountRow {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
}

/** Bytes as multiples of what the weights take. */
export interface MemoryRow {
  readonly name: string;
  /** Beyond the weights, between steps. */
  readonly atRest: number;
  readonly tensorsAtRest: number;
  /** Beyond what is there at rest, while a step runs. */
  readonly peak: number;
  /** The largest weight's share of all weights. */
  readonly largestWeight: number;
  /** JavaScript's own arrays that a step makes; undefined where this cannot be seen. */
  readonly arrays?: number;
}

/** A rule's kernel against the reading over tensors. */
export interface AccuracyRow {
  readonly rule: string;
  readonly elements: number;
  readonly differing: number;
  /** The largest difference in units in the last place; null where one of both is NaN and the other not. */
  readonly largest: number | null;
  /** Shapes that no kernel takes, or over which the reading is no reference. */
  readonly without: readonly string[];
}

/** What was not run, and why. */
export interface Omission {
  readonly group: string;
  readonly name: string;
  readonly reason: string;
}

/** What a run on one backend has found. */
export interface BackendResult {
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cores: number;
  readonly ratios: readonly RatioRow[];
  readonly counts: readonly CountRow[];
  readonly memory: readonly MemoryRow[];
  readonly accuracy: readonly AccuracyRow[];
  readonly omitted: readonly Omission[];
}

/** A result in which only some groups were measured, with the others as a former one had them. */
export function withOthers(result: BackendResult, former: BackendResult): BackendResult {
  const measured = new Set([...result.ratios, ...result.omitted].map(({group}) => group));
  const others = <R extends {readonly group: string}>(rows: readonly R[]) =>
    rows.filter(({group}) => !measured.has(group));
  return {
    ...result,
    versions: {...former.versions, ...result.versions},
    ratios: [...others(former.ratios), ...result.ratios],
    omitted: [...others(former.omitted), ...result.omitted],
  };
}

/** A result as the file that has it. */
export function resultText(result: BackendResult): string {
  return `${JSON.stringify(result, rounded, 1)}\n`;
}

/** Six digits say all that was measured. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
