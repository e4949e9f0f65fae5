import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Heun, type Injection, inject, type Phase, SGD, type Step, type WeightMap} from '../../src/index.js';
import {lineModel as model, weightOf, x, y} from '../support/line.js';

const firstOf = (map: WeightMap) => [...map.values()][0]!.dataSync()[0]!;

/** Taps all hooks of a step; each writes down what it is called with. */
function log({hooks}: Injection): string[] {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    return undefined as never;
  };
  const of = (step: Step) => `step ${step.iterations}`;
  const at = (phase: Phase) => `${of(phase.step)} phase ${phase.index} '${phase.name}'`;
  const shown = (value: number) => Number(value.toFixed(5));
  hooks.learningRate.tap('log', (rate, step) => write(`learningRate ${rate} ${of(step)}`));
  hooks.beforeStep.tap('log', step =>
    write(
      `beforeStep ${of(step)} rate ${step.learningRate} written ${step.written.size} final ${step.isFinal}`,
    ),
  );
  hooks.window.tap('log', (evaluations, step) =>
    write(`window ${Array.isArray(evaluations) && evaluations.map(({rows}) => rows)} ${of(step)}`),
  );
  hooks.evaluated.tap('log', ({loss, gradients}, phase) =>
    write(`evaluated ${shown(loss.dataSync()[0]!)} ${shown(firstOf(gradients))} ${at(phase)}`),
  );
  hooks.skip.tap('log', phase => write(`skip ${shown(firstOf(phase.gradients))} ${at(phase)}`));
  hooks.gradients.tap('log', (map, phase) => write(`gradients ${shown(firstOf(map))} ${at(phase)}`));
  hooks.afterPhase.tap('log', phase => write(`afterPhase ${at(phase)}`));
  hooks.afterStep.tap('log', step => write(`afterStep ${of(step)}`));
  hooks.afterBatch.tap('log', (step, outcome) => write(`afterBatch ${of(step)} ${outcome}`));
  return lines;
}

describe('the hooks of a step', () => {
  it('come in order, with the arguments of their step and phase: one phase', async () => {
    const trained = model();
    const lines = log(new SGD({learningRate: 0.125}).inject(trained));
    await trained.trainOnBatch(x, y);
    expect(lines).to.deep.equal([
      'learningRate 0.125 step 1',
      'beforeStep step 1 rate 0.125 written 0 final false',
      'window 2 step 1',
      "evaluated 4 2 step 1 phase 0 'descent'",
      "skip 2 step 1 phase 0 'descent'",
      "gradients 2 step 1 phase 0 'descent'",
      "afterPhase step 1 phase 0 'descent'",
      'afterStep step 1',
      'afterBatch step 1 applied',
    ]);
  });

  it('come in order, with the arguments of their step and phase: two phases, at the second step', async () => {
    const trained = model();
    const lines = log(new Heun({learningRate: 0.125}).inject(trained));
    await trained.trainOnBatch(x, y);
    lines.length = 0;
    trained.setWeights([tf.tensor2d([[1]])]);
    await trained.trainOnBatch(x, y);
    // From w = 1 with g = 2 the predictor goes to 0.75, where the loss is (2.25² + 1.5²)/2 and g = 0.75.
    expect(lines).to.deep.equal([
      'learningRate 0.125 step 2',
      'beforeStep step 2 rate 0.125 written 1 final false',
      'window 2 step 2',
      "evaluated 4 2 step 2 phase 0 'predictor'",
      "skip 2 step 2 phase 0 'predictor'",
      "gradients 2 step 2 phase 0 'predictor'",
      "afterPhase step 2 phase 0 'predictor'",
      "evaluated 3.65625 0.75 step 2 phase 1 'corrector'",
      "skip 0.75 step 2 phase 1 'corrector'",
      "gradients 0.75 step 2 phase 1 'corrector'",
      "afterPhase step 2 phase 1 'corrector'",
      'afterStep step 2',
      'afterBatch step 2 applied',
    ]);
    expect(weightOf(trained)).to.equal(1 - (0.125 * (2 + 0.75)) / 2);
  });

  it('are ordered by stage, and within a stage by the order of use', async () => {
    const injection = inject(model());
    const order: string[] = [];
    const stages = {late: 10, first: 0, early: -10, second: 0};
    for (const [name, stage] of Object.entries(stages)) {
      injection.use({
        name,
        apply: ({hooks}) => hooks.afterStep.tap({name, stage}, () => void order.push(name)),
      });
    }
    injection.hooks.afterStep.call({} as Step);
    expect(order).to.deep.equal(['early', 'first', 'second', 'late']);
    expect(injection.plugins.map(({name}) => name)).to.deep.equal(Object.keys(stages));
  });

  it('of which a waterfall keeps its value where a tap gives undefined, and else takes the new one', async () => {
    const trained = model();
    const {hooks} = new SGD({learningRate: 0.5}).inject(trained);
    const seen: number[] = [];
    hooks.learningRate.tap('keeps', () => undefined as never);
    hooks.learningRate.tap('halves', rate => rate / 2);
    hooks.learningRate.tap('sees', rate => void seen.push(rate) as never);
    hooks.evaluated.tap('keeps', () => undefined as never);
    hooks.evaluated.tap('doubles', ({loss, gradients}) => ({loss, gradients: scaled(gradients, 2)}));
    hooks.gradients.tap('keeps', () => undefined as never);
    hooks.gradients.tap('adds', map => scaled(map, 0.5));
    hooks.gradients.tap('sees', map => void seen.push(firstOf(map)) as never);
    await trained.trainOnBatch(x, y);
    expect(seen).to.deep.equal([0.25, 2]);
    expect(weightOf(trained)).to.equal(1 - 0.25 * 2);
  });

  it("skip with 'rollback' leaves the batch out, in whichever phase it is, and training goes on", async () => {
    for (const phase of [0, 1]) {
      const [trained, twin] = [model(), model()];
      const injection = new Heun({learningRate: 0.125}).inject(trained);
      new Heun({learningRate: 0.125}).inject(twin);
      const lines = log(injection);
      let isBad = true;
      injection.hooks.skip.tap('test', ({index}) =>
        isBad && index === phase ? {reason: 'bad', action: 'rollback'} : undefined!,
      );
      const {numTensors} = tf.memory();
      const loss = await trained.trainOnBatch(x, y);
      expect(loss).to.equal(4);
      expect(weightOf(trained)).to.equal(1);
      expect(injection.iterations).to.equal(0);
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(lines.at(-1)).to.equal('afterBatch step 1 skipped');
      expect(lines.filter(line => line.startsWith('afterStep'))).to.deep.equal([]);
      isBad = false;
      for (const one of [trained, twin]) await one.trainOnBatch(x, y);
      expect(weightOf(trained)).to.equal(weightOf(twin));
    }
  });

  it("skip with 'stop' leaves the batch out and ends fit", async () => {
    const trained = model();
    const injection = inject(trained);
    injection.hooks.skip.tap('test', ({step}) =>
      step.iterations === 3 ? {reason: 'enough', action: 'stop'} : undefined!,
    );
    let after: number | undefined;
    const onEpochEnd = () => {
      after = weightOf(trained);
    };
    const {epoch} = await trained.fit(x, y, {epochs: 9, batchSize: 2, verbose: 0, callbacks: {onEpochEnd}});
    expect(epoch).to.have.length(3);
    expect(injection.iterations).to.equal(2);
    expect(weightOf(trained)).to.equal(after);
  });
});

function scaled(map: WeightMap, factor: number): WeightMap {
  return new Map([...map].map(([weight, gradient]) => [weight, tf.mul(gradient, factor)]));
}
