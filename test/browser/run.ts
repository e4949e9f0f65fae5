/** Runs the tests that have been read, and tells of each to Node. */
declare function report(event: {
  line?: string;
  counts?: {passes: number; failures: number; pending: number};
}): Promise<void>;

const {searchParams} = new URL(location.href);
if (searchParams.has('grep')) mocha.grep(searchParams.get('grep')!);
if (searchParams.has('forbid-only')) mocha.forbidOnly();
if (searchParams.has('forbid-pending')) mocha.forbidPending();
mocha.reporter(class {} as never);
const runner = mocha.run();
const depth = (suite: Mocha.Suite | undefined): string => (suite?.parent ? `  ${depth(suite.parent)}` : '');
runner.on('suite', suite => void report({line: `${depth(suite)}${suite.title}`}));
runner.on('pass', test => void report({line: `${depth(test.parent)}  ✔ ${test.title} (${test.duration}ms)`}));
runner.on('pending', test => void report({line: `${depth(test.parent)}  - ${test.title}`}));
runner.on('fail', (test, error) => {
  void report({line: `${depth(test.parent)}  FAILED: ${test.fullTitle()}\n${error.stack ?? error}`});
});
runner.once('end', () => {
  const {passes = 0, failures = 0, pending = 0} = runner.stats ?? {};
  void report({counts: {passes, failures, pending}});
});
