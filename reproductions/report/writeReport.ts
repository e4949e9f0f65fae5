import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {svgOf} from '../../bench/report/svgOf.js';
import {experiments} from '../experiments.js';
import {readResult} from '../results.js';
import {experimentPage, type Reported, summaryPage} from './pages.js';

/** Makes the pages and plots of all results in a folder. */
export async function writeReport(folder: string): Promise<void> {
  const reported: Reported[] = [];
  for (const experiment of experiments) {
    const file = join(folder, `${experiment.name}.json`);
    if (!existsSync(file)) continue;
    const result = readResult(readFileSync(file, 'utf8'));
    const report = experiment.report(result.runs, result.effort);
    reported.push({experiment, result, report});
    for (const [name, chart] of Object.entries(report.charts))
      writeFileSync(join(folder, `${name}.svg`), await svgOf(chart));
    writeFileSync(join(folder, `${experiment.name}.md`), experimentPage(reported.at(-1)!));
  }
  writeFileSync(join(folder, 'index.md'), summaryPage(reported));
}
