import {expect} from 'chai';
import type {Report} from '../../reproductions/experiment.js';

/** Expects that a report has the plots that its page names, and no other, and that their names begin with the experiment's. */
export function expectPlots({body, charts}: Report, experiment: string): void {
  const named = [...body.matchAll(/\]\((.*)\.svg\)/g)].map(([, name]) => name!);
  expect(Object.keys(charts)).to.have.members(named);
  for (const name of named) expect(name.startsWith(`${experiment}-`), name).to.equal(true);
}
