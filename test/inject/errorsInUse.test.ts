import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  Cautious,
  Heun,
  InjectError,
  type Injection,
  InjectOptimizer,
  inject,
  Lookahead,
  optimizerOf,
  option,
  type Plugin,
  RungeKutta,
  SGD,
  updateGroup,
} from '../../src/index.js';
import {compiled, x, y} from '../support/plane.js';
import {refuses} from '../support/refuses.js';

describe('an InjectError about use', () => {
  it('ALREADY_INJECTED: one optimizer or plugin serves one model, one model takes one optimizer', async () => {
    const [first, second] = [compiled(), compiled()];
    const [heun, lookahead] = [new Heun(), new Lookahead()];
    const injection = heun.inject(first);
    lookahead.inject(first);
    expect(heun.inject(first)).to.equal(injection);
    await refuses('ALREADY_INJECTED', ['Heun', 'another model', 'eject()'], () => heun.inject(second));
    await refuses('ALREADY_INJECTED', ["'Lookahead'", 'another model'], () => lookahead.inject(second));
    await refuses('ALREADY_INJECTED', ["'Lookahead'", 'this model'], () => lookahead.inject(first));
    await refuses('ALREADY_INJECTED', [' has Heun. Call eject()'], () => new SGD().inject(first));
    // Nothing of the refused ones is left: a seed can still be given.
    inject(second, {seed: 3});
    await refuses('ALREADY_INJECTED', ['seed 3'], () => inject(second, {seed: 4}));
    await refuses('ALREADY_INJECTED', ['minimize'], () => heun.minimize(() => tf.scalar(1)));
    expect(inject(second).plugins).to.deep.equal([]);
    injection.eject();
    heun.inject(compiled());
  });

  it('NOT_INJECTED: fit with several phases from compile alone rejects, and so does an ejected injection', async () => {
    const model = compiled(new Heun());
    const before = model.getWeights().map(weight => weight.arraySync());
    const words = ['Heun', 'inject(model)'];
    await refuses('NOT_INJECTED', words, () => model.fit(x, y, {batchSize: 2, verbose: 0}), 1);
    await refuses('NOT_INJECTED', words, () => model.trainOnBatch(x, y));
    expect(model.getWeights().map(weight => weight.arraySync())).to.deep.equal(before);
    const injection = inject(compiled());
    injection.eject();
    await refuses('NOT_INJECTED', ['ejected'], () => injection.use(new Lookahead()));
  });

  it('NEEDS_LOSS: applyGradients is not enough for several phases', async () => {
    await refuses('NEEDS_LOSS', ['Heun', 'minimize'], () => new Heun().applyGradients({}));
    await refuses('NEEDS_LOSS', ['RungeKutta', 'minimize'], () => new RungeKutta().applyGradients([]));
  });

  it('PLUGIN_CONFLICT: a second Lookahead is refused, and so are groups for an optimizer whose groups depend on the step', async () => {
    const model = compiled();
    new Lookahead().inject(model);
    await refuses('PLUGIN_CONFLICT', ['one Lookahead'], () => new Lookahead().inject(model));
    const searching = compiled();
    const injection = new Searching().inject(searching);
    const plugin = {
      name: 'groups',
      apply: ({hooks}: Injection) => hooks.groups.tap('groups', groups => groups),
    };
    await refuses('PLUGIN_CONFLICT', ['Searching', 'fixed'], () => injection.use(plugin));
    expect(injection.plugins).to.deep.equal([]);
    await searching.trainOnBatch(x, y);
  });

  it('a plugin whose apply throws half-way leaves no tap, no slot and no tensor', async () => {
    const [model, twin] = [compiled(), compiled()];
    const injection = inject(model);
    const error = new Error('half-way');
    let calls = 0;
    const plugin: Plugin = {
      name: 'halfway',
      apply(injection) {
        for (const hook of [
          injection.hooks.beforeStep,
          injection.hooks.afterStep,
          injection.hooks.eject,
        ] as const)
          hook.tap(this.name, () => void calls++);
        const slots = injection.slotsOf(this);
        for (const weight of injection.weights) slots.write('slow', weight, weight.variable);
        throw error;
      },
    };
    const {numTensors} = tf.memory();
    expect(() => injection.use(plugin))
      .to.throw(Error)
      .that.equals(error);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(injection.plugins).to.deep.equal([]);
    for (const hook of Object.values(injection.hooks)) expect(hook.isUsed()).to.equal(false);
    for (const one of [model, twin]) await one.trainOnBatch(x, y);
    expect(model.getWeights()[0]!.arraySync()).to.deep.equal(twin.getWeights()[0]!.arraySync());
    const another = {...plugin, apply: () => {}};
    injection.use(another);
    expect(injection.slotsOf(another).bytes).to.equal(0);
    injection.eject();
    expect(calls).to.equal(0);
  });

  it('ASYNC_TAP: hooks of a step refuse what is not awaited', async () => {
    const {hooks} = inject(compiled());
    for (const [name, hook] of Object.entries(hooks)) {
      if (name === 'boundary') continue;
      const words = [`'${name}'`, "'late'", "'boundary'"];
      const open = hook as unknown as Record<'tap' | 'tapAsync' | 'tapPromise', (...args: unknown[]) => void>;
      await refuses('ASYNC_TAP', words, () => open.tap('late', async () => {}));
      await refuses('ASYNC_TAP', words, () => open.tapAsync({name: 'late'}, () => {}));
      await refuses('ASYNC_TAP', words, () => open.tapPromise('late', () => Promise.resolve()));
      expect(hook.isUsed()).to.equal(false);
    }
    hooks.boundary.tapPromise('in time', async () => {});
  });

  it('ASYNC_TAP: a promise from a synchronous function is refused in the step, which changes nothing', async () => {
    for (const name of ['beforeStep', 'gradients', 'afterPhase'] as const) {
      const model = compiled(new SGD());
      const hook = inject(model).hooks[name] as {tap(name: string, tap: () => never): void};
      hook.tap('late', () => Promise.reject(new Error('later')) as never);
      const before = model.getWeights()[0]!.arraySync();
      await refuses('ASYNC_TAP', [`'${name}'`, "'late'"], () => model.trainOnBatch(x, y));
      const isAfterCommit = name === 'afterPhase';
      if (!isAfterCommit) expect(model.getWeights()[0]!.arraySync()).to.deep.equal(before);
    }
  });
});
class Searching extends InjectOptimizer {
  private readonly group = updateGroup({
    name: 'down',
    update: ({weight, gradient}) => ({weight: weight.sub(gradient)}),
  });

  *getGroupedUpdates() {
    yield this.group;
  }
}

describe('An optimizer whose saved name has a prefix', () => {
  it('is named by what follows it in every error, and by the whole in describe()', async () => {
    class Mine extends optimizerOf('of-mine/Descent', {learningRate: option.rate(0.1)}) {
      *getGroupedUpdates(): Generator<never, void, never> {}
    }
    const model = compiled();
    const injection = new Mine().inject(model);
    expect(injection.describe().optimizer).to.equal('of-mine/Descent');
    const errors: Record<string, () => unknown> = {
      'another optimizer': () => new SGD().inject(model),
      'another model': () => injection.optimizer instanceof Mine && injection.optimizer.inject(compiled()),
      'a step without a group': () => model.trainOnBatch(x, y),
      'a plugin that changes groups': () => injection.use(new Cautious()),
      'a wrong rate': () => new Mine({learningRate: -1}),
    };
    for (const [what, body] of Object.entries(errors)) {
      const error = (await Promise.resolve()
        .then(body)
        .catch(thrown => thrown)) as Error;
      expect(error, what).to.be.instanceOf(InjectError);
      expect(error.message, what).to.contain('Descent').and.not.to.contain('of-mine');
    }
    model.dispose();
  });
});
