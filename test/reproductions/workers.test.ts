import {expect} from 'chai';
import type {Effort} from '../../reproductions/experiment.js';
import {experimentOf} from '../../reproductions/experiments.js';
import {Workers} from '../../reproductions/workers.js';

const effort: Effort = {isQuick: true};
// Computes on plain JavaScript, which every machine has.
const name = 'heun';
const settings = experimentOf(name).next([], effort).slice(0, 4);

describe('Runs that are shared out among processes', () => {
  let workers: Workers;
  before(() => {
    workers = new Workers();
  });
  after(() => workers.end());

  it('come back in the order of their settings, and are the same in any process', async () => {
    const tasks = [...settings, ...settings].map(setting => ({experiment: name, setting, effort}));
    let told = 0;
    const outcomes = await workers.run(tasks, () => told++);
    expect(told).to.equal(tasks.length);
    expect(outcomes.slice(settings.length)).to.deep.equal(outcomes.slice(0, settings.length));
    expect(new Set(outcomes.map(outcome => JSON.stringify(outcome))).size).to.equal(settings.length);
  });

  it('end with the setting of the one that threw', async () => {
    const setting = {seed: 17, steps: 'none'};
    const failed = workers.run([{experiment: 'nowhere', setting, effort}], () => {});
    const error = await failed.then(
      () => undefined,
      reason => reason as Error,
    );
    expect(error?.message)
      .to.contain('nowhere, {"seed":17,"steps":"none"}')
      .and.to.contain('There is no experiment');
  });

  it('end where a process does', async () => {
    const others = new Workers();
    const running = others.run([{experiment: name, setting: settings[0], effort}], () => {});
    others.end();
    const error = await running.then(
      () => undefined,
      reason => reason as Error,
    );
    expect(error?.message).to.contain('the process ended with SIGTERM');
  });
});
