import type {Effort} from './pairs.js';
import type {Peers} from './peers.js';

/** What the cases know of where they run: nothing else in them depends on Node or a browser. */
export interface Environment {
  readonly backend: string;
  readonly effort: Effort;
  /** Waits until all that was asked of the device is done; undefined where a call returns when it is done. */
  readonly settle?: () => Promise<void>;
  /** Why large models are left out, where they would take hours. */
  readonly slowness?: string;
  /** Few and small cases: to see that everything works. */
  readonly isQuick: boolean;
  /** The groups of cases to run, by how their names begin; all where undefined. */
  readonly only?: readonly string[];
  readonly peers?: Peers;
  readonly log: (line: string) => void;
}
