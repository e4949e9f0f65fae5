import type {Environment} from '../environment.js';
import type {Contender} from '../pairs.js';

/** Two that are to be compared, ready to run. */
export interface Duel {
  readonly ours: Contender;
  readonly theirs: Contender;
  /** Bytes that a step of theirs moves over those of ours, where time per byte is compared. */
  readonly scale?: number;
  /** Batches in a step, where the difference per batch is of interest. */
  readonly batches?: number;
  dispose(): void;
}

/** One comparison. Nothing is allocated before `prepare`. */
export interface Case {
  readonly group: string;
  readonly name: string;
  /** How many times as many pairs it takes as others; 1 where it is not said. */
  readonly repeats?: number;
  /** Why it is not run here, where it is not. */
  omitted?(environment: Environment): string | undefined;
  prepare(environment: Environment): Duel | Promise<Duel>;
}
