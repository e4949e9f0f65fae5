import type {Interval} from '../interval.js';
import type {BackendResult, RatioRow} from '../results.js';

/** What a ratio is to be at most: its median, or the upper end of its interval. */
export interface Aim {
  readonly backends: readonly string[];
  readonly group: string;
  readonly name?: string;
  readonly bound: number;
  readonly by: 'median' | 'upper';
  /** Where it is the difference per batch that is bounded. */
  readonly inMicroseconds?: true;
}

const all = ['tensorflow', 'wasm', 'cpu'];
const big = '6 tensors, 1.86 M';
const small = '64 tensors, 133 k';
const median = 'median' as const;
const upper = 'upper' as const;

export const aims: readonly Aim[] = [
  {backends: ['tensorflow'], group: 'updates', name: big, bound: 1 / 4.5, by: median},
  {backends: ['tensorflow'], group: 'updates', name: small, bound: 1 / 6, by: median},
  {backends: ['wasm'], group: 'updates', name: big, bound: 1 / 8, by: median},
  {backends: ['wasm'], group: 'updates', name: small, bound: 1 / 15, by: median},
  {backends: ['cpu'], group: 'updates', name: big, bound: 1 / 30, by: median},
  {backends: ['cpu'], group: 'updates', name: small, bound: 1 / 30, by: median},
  {backends: ['webgl', 'webgpu'], group: 'updates', name: small, bound: 1 / 3.5, by: median},
  {backends: all, group: 'rules', bound: 1.3, by: median},
  {backends: ['tensorflow'], group: 'fits', name: 'dense, 30 layers of 64', bound: 0.65, by: median},
  {backends: ['tensorflow'], group: 'fits', name: 'dense, 1.86 M weights', bound: 0.65, by: median},
  {backends: all, group: 'heun', bound: 2.05, by: upper},
  {backends: all, group: 'lookahead', bound: 1.03, by: upper},
  {backends: all, group: 'transparent', name: 'dense, 30 layers of 64', bound: 1.03, by: upper},
  {backends: all, group: 'transparent', name: 'dense, 1.86 M weights', bound: 1.03, by: upper},
  {backends: all, group: 'transparent', name: 'one weight', bound: 50, by: median, inMicroseconds: true},
  {backends: ['tensorflow'], group: 'plugins', name: 'ten that observe : Adam', bound: 1.03, by: upper},
  ...['SAM : SGD', 'SAM around our SGD : SGD'].map(name => ({
    backends: all,
    group: 'plugins',
    name,
    bound: 2.05,
    by: median,
  })),
  ...[': Adam', 'around our Adam : Adam'].map(name => ({
    backends: all,
    group: 'plugins',
    name: `ClipByGlobalNorm, LearningRate, EMA ${name}`,
    bound: 1.1,
    by: median,
  })),
  {backends: ['wasm'], group: 'peers: torch, fused', name: big, bound: 1.5, by: median},
  {backends: ['wasm'], group: 'peers: torch, fused', name: small, bound: 1.5, by: median},
  {backends: ['tensorflow'], group: 'peers: torch, fused', name: big, bound: 2.5, by: median},
  {backends: ['tensorflow'], group: 'peers: torch, fused', name: small, bound: 4, by: median},
];

/** An aim and what a run has found of it. */
export interface Judged {
  readonly result: BackendResult;
  readonly row: RatioRow;
  readonly aim: Aim;
  readonly found: Interval;
  readonly isMet: boolean;
}

export function judge(results: readonly BackendResult[]): Judged[] {
  return aims.flatMap(aim =>
    results
      .filter(({backend}) => aim.backends.includes(backend))
      .flatMap(result =>
        result.ratios
          .filter(({group, name}) => group === aim.group && (aim.name === undefined || aim.name === name))
          .map(row => {
            const found = aim.inMicroseconds ? row.microseconds! : row.ratio;
            const isMet = (aim.by === 'upper' ? found.high : found.median) <= aim.bound;
            return {result, row, aim, found, isMet};
          }),
      ),
  );
}
