import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import type {Effort, Experiment} from '../../reproductions/experiment.js';
import {experiments} from '../../reproductions/experiments.js';
import {parseOptions} from '../../reproductions/options.js';
import {curves} from '../../reproductions/report/charts.js';
import {experimentPage, type Reported, summaryPage} from '../../reproductions/report/pages.js';
import {writeReport} from '../../reproductions/report/writeReport.js';
import {readResult, resultText} from '../../reproductions/results.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';

const committed = fileURLToPath(new URL('../../docs/reproductions', import.meta.url));

const experiment: Experiment = {
  name: 'falling',
  title: 'Things fall',
  summary: 'Galilei says so.',
  backend: 'cpu',
  next: () => [],
  run: () => 0,
  report: () => ({findings: [], body: '', charts: {}}),
};
const reported = (effort: Effort): Reported => ({
  experiment,
  result: {experiment: 'falling', effort, versions: {Node: 'v20'}, runs: [{setting: 1 as never, outcome: 2}]},
  report: {
    findings: [
      {claim: 'They fall.', verdict: 'holds', evidence: '9.81'},
      {claim: 'They rise.', verdict: 'does not hold', evidence: '−9.81'},
    ],
    body: 'In a tower.',
    charts: {},
  },
});

describe('The report of the reproductions', () => {
  it('has every claim with its verdict, and the command that makes it', () => {
    for (const page of [experimentPage, (each: Reported) => summaryPage([each])]) {
      const text = page(reported({isQuick: false}));
      expect(text).to.contain('| They fall. | **holds** | 9.81 |');
      expect(text).to.contain('| They rise. | **does not hold** | −9.81 |');
      expect(text).to.contain('npm run reproduce');
      expect(text).not.to.contain('--quick');
    }
    expect(summaryPage([reported({isQuick: false})])).to.contain(
      'Of 2 claims 1 hold, 1 do not, and\n0 are undecided.',
    );
  });

  it('says where its numbers are those of a trial, or of the user’s own data, without his folders', () => {
    const effort = {isQuick: true, cifar10: '/home/me/images', pennTreebank: '/home/me/text'};
    const text = experimentPage(reported(effort));
    expect(text).to.contain('**Made with `--quick`**');
    expect(text).to.contain('--only falling --quick --cifar10 FOLDER --penn-treebank FOLDER');
    expect(text).not.to.contain('/home');
  });

  it('is written over the committed one only for the whole of the generated data', () => {
    const out = (...words: string[]) => parseOptions(['node', 'main', ...words]).out;
    expect(out()).to.equal(committed);
    for (const words of [['--quick'], ['--cifar10', 'a'], ['--penn-treebank', 'a']])
      expect(out(...words)).to.match(/out.reproductions$/);
    expect(out('--quick', '--out', committed)).to.equal(committed);
  });

  it('keeps what JSON has no number for, and six digits of the rest', () => {
    const outcome = {loss: Number.POSITIVE_INFINITY, rate: -0.1234567, steps: 12345678, none: Number.NaN};
    const text = resultText({...reported({isQuick: false}).result, runs: [{setting: {} as never, outcome}]});
    expect(readResult(text).runs[0]!.outcome).to.deep.equal({
      ...outcome,
      rate: -0.123457,
    });
  });

  it('leaves out of a plot what has diverged, but not out of its legend', () => {
    const point = {x: 1, median: 1, low: 0, high: 2};
    const chart = curves({
      x: {title: 'x'},
      y: {title: 'y'},
      points: [
        {...point, series: 'a'},
        {...point, series: 'b', high: Number.POSITIVE_INFINITY},
      ],
    });
    expect(chart.data).to.deep.equal({values: [{...point, series: 'a'}]});
    expect(JSON.stringify(chart)).to.contain('"domain":["a","b"]');
  });
});

describe('The committed report', () => {
  it('has all experiments, at full length, on the generated data', () => {
    for (const {name} of experiments) {
      const {effort} = readResult(readFileSync(`${committed}/${name}.json`, 'utf8'));
      expect(effort, name).to.deep.equal({isQuick: false});
    }
  });

  it('is what its results say, to the letter', async () => {
    const folder = new TemporaryFolder();
    for (const file of readdirSync(committed).filter(name => name.endsWith('.json')))
      folder.write(file, readFileSync(`${committed}/${file}`, 'utf8'));
    await writeReport(folder.path);
    const made = readdirSync(folder.path).sort();
    expect(made).to.deep.equal(readdirSync(committed).sort());
    for (const file of made.filter(name => !name.endsWith('.json')))
      expect(readFileSync(`${folder.path}/${file}`, 'utf8'), file).to.equal(
        readFileSync(`${committed}/${file}`, 'utf8'),
      );
    folder.remove();
  });

  it('has every plot that its pages show', () => {
    for (const {name} of experiments) {
      const shown = [...readFileSync(`${committed}/${name}.md`, 'utf8').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
      expect(shown, name).not.to.be.empty;
      for (const [, file] of shown) expect(existsSync(`${committed}/${file}`), file).to.equal(true);
    }
  });
});
