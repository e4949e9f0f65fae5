import {writeFileSync} from 'node:fs';
import Mocha from 'mocha';

/** Mocha's usual output, and at the end the counts as JSON in the file named by the option `counts`. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const {passes, failures, pending} = this.stats;
      writeFileSync(options.reporterOption.counts, JSON.stringify({passes, failures, pending}));
    });
  }
}
