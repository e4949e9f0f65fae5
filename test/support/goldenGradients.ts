import {readFileSync} from 'node:fs';

/** What other libraries make of given gradients; each gradient is flat. */
interface Golden {
  readonly clipped: {
    readonly shapes: number[][];
    readonly gradients: number[][];
    readonly global: {clipNorm: number; epsilon: number; source: string; gradients: number[][]}[];
    readonly norms: {clipNorm: number; source: string; gradients: number[][]}[];
    readonly values: {clipValue: number; source: string; gradients: number[][]}[];
  };
  /** By the kinds of unitKinds.ts. */
  readonly units: Record<
    string,
    {
      weight: number[];
      gradient: number[];
      adaptive: {clipping: number; source: string; gradient: number[]}[];
      centralized: number[];
    }
  >;
  readonly cautious: {
    readonly shape: number[];
    readonly start: number[];
    readonly gradients: number[][];
    /** Weights after each step. */
    readonly runs: {weightDecay: number; weights: number[][]}[];
  };
}

export const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/gradients.json', import.meta.url), 'utf8'),
);
