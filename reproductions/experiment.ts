/** Plain data: it goes to another process and into a file. */
export type Plain = string | number | boolean | null | readonly Plain[] | {readonly [name: string]: Plain};

/** What an experiment knows of the run that it is part of. */
export interface Effort {
  /** Few steps and seeds: to see that everything works. Its numbers tell nothing. */
  readonly isQuick: boolean;
  /** Folders of a user's own data, in place of what the experiments generate. */
  readonly cifar10?: string;
  readonly pennTreebank?: string;
}

/** A training or a simulation that was run. */
export interface Run<Setting, Outcome> {
  readonly setting: Setting;
  readonly outcome: Outcome;
}

/** Whether a claim holds here, by a criterion that was fixed before the numbers were there. */
export interface Finding {
  /** What the paper says, in one sentence. */
  readonly claim: string;
  readonly verdict: 'holds' | 'does not hold' | 'undecided';
  /** The numbers that decide, with their intervals, and the criterion. */
  readonly evidence: string;
}

/** A chart of Vega-Lite, without colours and sizes of text, which all charts share. */
export type Chart = Readonly<Record<string, unknown>>;

export interface Report {
  readonly findings: readonly Finding[];
  /** Markdown: how it was done, tables, and where plots belong `![what is seen](NAME.svg)`. */
  readonly body: string;
  /** By the names that the body uses. */
  readonly charts: Readonly<Record<string, Chart>>;
}

/**
 * A claim, or some that share their runs, and the runs that decide it. Each run follows from its setting alone, on any machine
 * and in any process, so that they may be shared out.
 */
export interface Experiment<Setting = never, Outcome = unknown> {
  /** That of its page. */
  readonly name: string;
  readonly title: string;
  /** What the paper claims and how it is tried here, in one paragraph of Markdown, with the paper. */
  readonly summary: string;
  readonly backend: 'cpu' | 'wasm' | 'tensorflow';
  /** What is to be run next, given what was run: nothing when all is there. Tuning comes first, what is told from it after. */
  next(done: readonly Run<Setting, Outcome>[], effort: Effort): Setting[];
  run(setting: Setting, effort: Effort): Promise<Outcome> | Outcome;
  report(runs: readonly Run<Setting, Outcome>[], effort: Effort): Report;
}

/**
 * Seeds of the runs that are told: an interval of order statistics needs six to hold in 95 % of cases. Those of no trial by which
 * settings and criteria were found.
 */
export const seedsOf = ({isQuick}: Effort): number[] =>
  Array.from({length: isQuick ? 2 : 6}, (_, i) => 11 + i);
