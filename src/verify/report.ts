/** What one check of `verify` saw. */
export interface Check {
  readonly name: string;
  /** `undefined` where the model, or its optimizer, gives nothing to be checked; `detail` says what. */
  readonly isOk: boolean | undefined;
  readonly detail: string;
}

/** What `verify` saw; printed by `String(report)`. */
export class Report {
  constructor(readonly checks: readonly Check[]) {}

  /** Whether no check has failed. */
  get isOk(): boolean {
    return this.checks.every(({isOk}) => isOk !== false);
  }

  toString(): string {
    const width = Math.max(...this.checks.map(({name}) => name.length));
    const marks = {true: 'ok    ', false: 'FAILED', undefined: '–     '};
    const lines = this.checks.map(
      ({name, isOk, detail}) => `${marks[`${isOk}`]}  ${name.padEnd(width)}  ${detail}`,
    );
    return [...lines, '', this.isOk ? 'All that could be checked holds.' : 'A check has failed.'].join('\n');
  }
}
