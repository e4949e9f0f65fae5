import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {optimizers, plugins} from '../../site/playground/catalogue.js';
import {codeOf} from '../../site/playground/codeOf.js';
import {linesOf} from '../../site/playground/contours.js';
import {Run} from '../../site/playground/run.js';
import {firstSetting, problemsOf, type Setting, type Stack, taskOf} from '../../site/playground/setting.js';
import {fromHash, toHash} from '../../site/playground/shareLink.js';
import {csvOf} from '../../site/playground/tables.js';
import {windowsOf} from '../../site/playground/tasks/characters.js';
import {tableOf} from '../../site/playground/tasks/csv.js';
import {taskOptionsOf, tasks} from '../../site/playground/tasks/index.js';
import {Training} from '../../site/playground/training.js';
import * as library from '../../src/index.js';

const part = (name: string, options = {}) => ({name, options});
const stackOf = (optimizer: string, ...around: string[]): Stack => ({
  optimizer: part(optimizer),
  plugins: around.map(name => part(name)),
});

/** Trains to the end, and gives the runs, which are disposed of. */
async function trained(setting: Setting): Promise<Run[]> {
  const task = taskOf(setting);
  const problem = task.make(taskOptionsOf(task, setting.taskOptions), setting.seed);
  const runs = setting.stacks.map(stack => new Run(stack, setting, problem));
  let rounds = 0;
  await new Training(runs, async () => {
    // Side by side: none is more than a batch ahead.
    const counts = runs.filter(({isOver}) => !isOver).map(({records}) => records.length);
    expect(Math.max(0, ...counts) - Math.min(...counts, Number.POSITIVE_INFINITY)).to.be.at.most(1);
    rounds++;
  }).finish();
  expect(rounds).to.be.at.least(setting.steps);
  for (const run of runs) run.dispose();
  tf.dispose([problem.xs, problem.ys]);
  return runs;
}

describe('The playground', () => {
  it('moves on a ravine as the formulas of gradient descent and Heun say', async () => {
    const rate = 0.035;
    const setting = {...firstSetting, steps: 6, stacks: firstSetting.stacks.slice(0, 2)};
    const [descent, heun] = await trained(setting);
    const factors = {
      descent: (curvature: number) => 1 - rate * curvature,
      heun: (curvature: number) => 1 - rate * curvature + (rate * curvature) ** 2 / 2,
    };
    for (const [run, factor] of [
      [descent!, factors.descent],
      [heun!, factors.heun],
    ] as const)
      for (const [i, {from, to}] of run.moves.entries()) {
        expect(from[0]).to.be.closeTo(-4 * factor(1) ** i, 1e-4);
        expect(from[1]).to.be.closeTo(factor(50) ** i, 1e-4);
        expect(to[1]).to.be.closeTo(factor(50) ** (i + 1), 1e-4);
        expect(run.records[i]!.loss).to.be.closeTo(from[0] ** 2 / 2 + 25 * from[1] ** 2, 1e-3);
        expect(run.records[i]!.learningRate).to.be.closeTo(rate, 1e-7);
      }
    // Where Heun looks a second time is where descent goes.
    const [{from, phases}] = heun!.moves as [(typeof heun & object)['moves'][number]];
    expect(phases.map(([x]) => Number(x.toFixed(4)))).to.deep.equal([-4, -4 + rate * 4]);
    expect(phases[1]![1]).to.be.closeTo(from[1] * factors.descent(50), 1e-5);
    expect(descent!.moves.every(({phases: seen}) => seen.length === 1)).to.equal(true);
  });

  it('trains every optimizer and every plugin that it offers, and keeps no tensor', async () => {
    const stacks = [
      ...[...optimizers.keys()].map(name => stackOf(name)),
      ...[...plugins.keys()].map(name => stackOf(name === 'LearningRate' ? 'tf.train.sgd' : 'Adam', name)),
    ];
    expect([optimizers.size, plugins.size].map(size => size > 15)).to.deep.equal([true, true]);
    const {numTensors} = tf.memory();
    for (const run of await trained({...firstSetting, task: 'moons', steps: 3, stacks})) {
      expect(run.failure, JSON.stringify(run.stack)).to.equal(undefined);
      expect(run.records.length).to.equal(3);
      expect(Number.isFinite(run.records[2]!.loss)).to.equal(true);
      expect(run.description).to.match(/before the step|phase|gradient/);
    }
    // The momentum of tf.train.momentum, which its dispose() leaves.
    expect(tf.memory().numTensors).to.equal(numTensors + 1);
  });

  it('trains on every task that it offers', async () => {
    for (const task of tasks.keys()) {
      const [run] = await trained({...firstSetting, task, steps: 4, stacks: [stackOf('Adam')]});
      expect(run!.failure, task).to.equal(undefined);
      expect(run!.records[3]!.loss, task).to.be.below(run!.records[0]!.loss);
    }
  });

  it('says what failed, and trains the others on', async () => {
    const setting = {...firstSetting, steps: 3, stacks: [stackOf('SGD'), stackOf('SGD')]};
    const task = taskOf(setting);
    const problem = task.make(taskOptionsOf(task, {}), 1);
    const runs = setting.stacks.map(stack => new Run(stack, setting, problem));
    runs[0]!.model.layers.at(-1)!.call = () => {
      throw new Error('a layer of no use');
    };
    await new Training(runs, async () => {}).finish();
    expect(runs.map(({failure, records}) => [/of no use/.test(failure ?? ''), records.length])).to.deep.equal(
      [
        [true, 0],
        [false, 3],
      ],
    );
    for (const run of runs) run.dispose();
    tf.dispose([problem.xs, problem.ys]);
  });

  it('stops and goes on where it is told', async () => {
    const setting = {...firstSetting, steps: 50, stacks: [stackOf('SGD')]};
    const problem = taskOf(setting).make(taskOptionsOf(taskOf(setting), {}), 1);
    const run = new Run(setting.stacks[0]!, setting, problem);
    const training = new Training([run], async () => {
      if (run.records.length === 3 && !training.isPaused) {
        training.pause();
        setTimeout(() => {
          expect(run.records.length).to.equal(3);
          training.resume();
        }, 20);
      }
      if (run.records.length === 5) training.stop();
    });
    await training.finish();
    expect(run.records.length).to.equal(5);
    run.dispose();
    tf.dispose([problem.xs, problem.ys]);
  });

  it('makes a link that brings everything back, and refuses what is none', () => {
    const setting: Setting = {
      ...firstSetting,
      task: 'csv',
      taskOptions: {text: 'naïve,价格\n1,2\n2,3', units: 4},
      stacks: [
        {
          optimizer: part('Adam', {learningRate: {curve: 'cosine', peak: 0.1}}),
          plugins: [part('SAM', {rho: 0.1})],
        },
      ],
    };
    expect(fromHash(`#${toHash(setting)}`)).to.deep.equal(setting);
    expect(toHash(setting)).to.match(/^[\w-]+$/);
    const wrong = (change: object) => toHash({...setting, ...change} as Setting);
    for (const [hash, says] of [
      ['x', /copied whole/],
      [toHash(setting).slice(0, -5), /copied whole/],
      [wrong({task: 'nothing'}), /task must be one of/],
      [wrong({backend: 'abacus'}), /backend must be one of/],
      [wrong({steps: 0}), /Steps must be/],
      [wrong({stacks: []}), /at least one stack/],
      [wrong({stacks: [{optimizer: part('constructor'), plugins: []}]}), /no optimizer constructor/],
      [wrong({stacks: [{optimizer: part('Adam', {beta1: 2}), plugins: []}]}), /beta1 of Adam must be/],
      [wrong({stacks: [{optimizer: part('Adam'), plugins: 3}]}), /plugins must be a list/],
      [
        wrong({stacks: [{optimizer: {name: 'Adam', options: {__proto__: null, beta1: {}}}, plugins: []}]}),
        /curve must be/,
      ],
    ] as const)
      expect(() => fromHash(hash)).to.throw(TypeError, says);
  });

  it('looks at a setting without a tensor: there may be no backend yet', () => {
    const {numTensors} = tf.memory();
    const stacks = [...optimizers.keys()].map(name => stackOf(name, ...plugins.keys()));
    expect(problemsOf({...firstSetting, stacks})).to.deep.equal([]);
    const [problem] = problemsOf({
      ...firstSetting,
      stacks: [{optimizer: part('tf.train.adam', {learningRate: -1}), plugins: []}],
    });
    expect(problem).to.match(/learningRate must be a finite number/);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('writes texts of a link into code as texts', () => {
    const weights = "'}), alert(1), ({x: '";
    const stack = {optimizer: part('SGD'), plugins: [part('ClipByNorm', {weights})]};
    expect(codeOf(stack, {...firstSetting, stacks: [stack]})).to.include(
      `weights: ${JSON.stringify(weights)}`,
    );
  });

  it('gives the code of a stack, which trains as the page does', async () => {
    const setting: Setting = {
      ...firstSetting,
      task: 'moons',
      steps: 8,
      stacks: [
        {
          optimizer: part('Adam', {learningRate: {curve: 'warmup, cosine', peak: 0.1}}),
          plugins: [part('Lookahead', {k: 2}), part('ClipByGlobalNorm')],
        },
        {optimizer: part('tf.train.momentum', {learningRate: 0.2}), plugins: [part('EMA')]},
      ],
    };
    expect(problemsOf(setting)).to.deep.equal([]);
    const runs = await trained(setting);
    for (const [i, stack] of setting.stacks.entries()) {
      const code = codeOf(stack, setting);
      const task = taskOf(setting);
      const problem = task.make(taskOptionsOf(task, {}), setting.seed);
      const model = problem.makeModel();
      const losses: number[] = [];
      const body = code
        .replace(/^import \* as tf from '@tensorflow\/tfjs';$/m, '')
        .replace(/^import (\{.*\}) from 'tfjs-inject';$/m, 'const $1 = library;')
        .replace(
          'epochs}',
          'epochs, verbose: 0, callbacks: {onBatchEnd: (_, logs) => losses.push(logs.loss)}}',
        );
      const AsyncFunction = (async () => {}).constructor as new (
        ...words: string[]
      ) => (...values: unknown[]) => Promise<void>;
      const run = new AsyncFunction('tf', 'library', 'model', 'loss', 'xs', 'ys', 'epochs', 'losses', body);
      await run(tf, library, model, problem.loss, problem.xs, problem.ys, 1, losses);
      expect(losses).to.deep.equal(runs[i]!.records.map(({loss}) => loss));
      model.dispose();
      tf.dispose([problem.xs, problem.ys]);
    }
  });

  it('writes each step as a line of CSV', async () => {
    const runs = await trained({...firstSetting, steps: 2, stacks: [stackOf('SGD')]});
    const [head, first, second, end] = csvOf(runs, ['a "b", c']).split('\n');
    expect(head).to.equal('stack,step,loss,learningRate,gradientNorm,updateNorm,milliseconds,x,y');
    expect(first).to.match(/^"a ""b"", c",1,33,0\.0\d+,/);
    expect(second!.split(',').at(-2)).to.equal(String(runs[0]!.moves[1]!.to[0]));
    expect(end).to.equal('');
  });

  it('reads tables: numbers standardized, words as columns, classes by name; and says what is none', () => {
    const table = tableOf('size,colour,kind\n1,red,yes\n3,"dark, green",no\n');
    expect(table).to.deep.equal({
      features: [
        [-1, 0, 1],
        [1, 1, 0],
      ],
      targets: [1, 0],
      classes: ['no', 'yes'],
    });
    expect(tableOf('a,b\n1,10\n1,20')).to.deep.equal({
      features: [[0], [0]],
      targets: [-1, 1],
      classes: undefined,
    });
    for (const [text, says] of [
      ['', /line of names/],
      ['a,b\n1,2', /two rows/],
      ['a,b\n1,2\n3', /line 3/],
      [`a,b\n${Array.from({length: 30}, (_, i) => `word${i},${i}`).join('\n')}`, /at most 20/],
    ] as const)
      expect(() => tableOf(text)).to.throw(TypeError, says);
  });

  it('cuts a text into windows, each with what comes next', () => {
    expect(windowsOf('abca', 2)).to.deep.equal({
      windows: [
        [0, 1],
        [1, 2],
      ],
      next: [2, 0],
      alphabet: ['a', 'b', 'c'],
    });
    expect(() => windowsOf('abc', 2)).to.throw(TypeError, /longer than a window/);
  });

  it('draws contour lines where the heights are, with y upwards', () => {
    // A plane that rises with x and y: each line is a diagonal, and the lowest corner is at the lower left.
    const heights = Array.from({length: 100}, (_, i) => (i % 10) + Math.floor(i / 10));
    const lines = linesOf(heights, [10, 10], [90, 90]);
    const [x, y] = /^M([\d.]+) ([\d.]+)/.exec(lines.at(-1)!.path)!.slice(1).map(Number) as [number, number];
    expect(lines.every(({path}, i) => path.startsWith('M') || i === 0)).to.equal(true);
    expect(x + (90 - y)).to.be.above(90);
  });
});
