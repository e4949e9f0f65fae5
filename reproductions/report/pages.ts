import {table} from '../../bench/report/table.js';
import type {Effort, Experiment, Finding, Report} from '../experiment.js';
import type {Result} from '../results.js';

export interface Reported {
  readonly experiment: Experiment;
  readonly result: Result;
  readonly report: Report;
}

const warning = `> **Made with \`--quick\`**: these numbers show that the program runs, and nothing else.`;

/** The page of one experiment. */
export function experimentPage({experiment, result, report}: Reported): string {
  const {name, title, summary, backend} = experiment;
  return joined([
    `# ${title}`,
    summary,
    ...(result.effort.isQuick ? [warning] : []),
    `Made by \`${commandOf(name, result.effort)}\` from ${result.runs.length.toLocaleString('en')} runs on the backend ${backend};
no number here was written by hand. ${versionsOf(result)} Each run is in \`${name}.json\`, beside this page.`,
    '## What was found',
    findingTable(report.findings),
    report.body,
  ]);
}

/** The page that leads to the others: every claim with its verdict. */
export function summaryPage(reported: readonly Reported[]): string {
  const count = (verdict: Finding['verdict']) =>
    reported.flatMap(({report}) => report.findings).filter(each => each.verdict === verdict).length;
  return joined([
    '# Reproductions',
    `Claims of the papers that these optimizers come from, tried in small. \`npm run reproduce\` runs all of it and writes these pages, in under
ten minutes on two processors; \`npm run reproduce -- --help\` lists its options, among them folders of CIFAR-10 and of the Penn Treebank in place
of the generated data. No number here was written by hand.`,
    ...(reported.some(({result}) => result.effort.isQuick) ? [warning] : []),
    `Each verdict follows from a criterion that stands in the program: a claim **holds** where the whole interval lies on its side, **does not
hold** where it lies on the other, and is **undecided** in between. Intervals are of the median over seeds, by order statistics: they hold in at
least 95 % of cases. A small model on little data can contradict a paper without refuting it; what it cannot do is support it more than this.
Problems, settings and criteria were found in trials with other seeds; where a criterion was set after such a trial, its page says so. In these trials, of the
networks with other numbers of steps, several verdicts were others: what lies near its bound tells little. And the intervals are of the seeds alone. When this was first made, a whole run on other images, with words in another order,
came to the opposite of the next one in two claims about Ranger on text: tuning draws its learning rates once, and all seeds share them.`,
    `Of ${reported.flatMap(({report}) => report.findings).length} claims ${count('holds')} hold, ${count('does not hold')} do not, and
${count('undecided')} are undecided.`,
    ...reported.flatMap(({experiment, report}) => [
      `## [${experiment.title}](${experiment.name}.md)`,
      experiment.summary,
      findingTable(report.findings),
    ]),
  ]);
}

function findingTable(findings: readonly Finding[]): string {
  return table(
    ['claim', 'here', 'by'],
    findings.map(({claim, verdict, evidence}) => [claim, `**${verdict}**`, evidence]),
  );
}

function commandOf(name: string, {isQuick, cifar10, pennTreebank}: Effort): string {
  const words = ['npm run reproduce -- --only', name];
  if (isQuick) words.push('--quick');
  // Where a user's folder lies is nobody else's business.
  if (cifar10 !== undefined) words.push('--cifar10 FOLDER');
  if (pennTreebank !== undefined) words.push('--penn-treebank FOLDER');
  return words.join(' ');
}

function versionsOf({versions}: Result): string {
  return `${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.`;
}

const joined = (sections: readonly string[]) => `${sections.join('\n\n')}\n`;
