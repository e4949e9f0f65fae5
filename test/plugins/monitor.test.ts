import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  AccumulateGradients,
  Heun,
  type Injection,
  inject,
  Lookahead,
  Monitor,
  type MonitorOptions,
  SGD,
  type Skip,
  stages,
} from '../../src/index.js';
import {trainers, windowModel} from '../support/accumulate.js';
import {difference, normOf, type RecordedStep, recordSteps} from '../support/recordSteps.js';

/** All that can be measured without a clock. */
const everything: MonitorOptions['include'] = [
  ...([
    'learningRate',
    'gradientNorm',
    'clippedGradientNorm',
    'updateNorm',
    'weightNorm',
    'updateRatio',
  ] as const),
  ...(['phaseLosses', 'skippedBatches', 'tensors'] as const),
];

const x = tf.randomNormal([24, 3], 0, 1, 'float32', 31);
const y = tf.randomNormal([24, 1], 0, 1, 'float32', 32);
after(() => tf.dispose([x, y]));

/** Three batches an epoch. */
const train = (model: tfl.LayersModel, args: tfl.ModelFitArgs = {}) =>
  model.fit(x, y, {batchSize: 8, shuffle: false, verbose: 0, ...args});

/** A model with a Monitor and a recorder around the compiled optimizer, or what `seat` puts in its place. */
function watched(
  options: MonitorOptions,
  optimizer: tf.Optimizer | string = tf.train.adam(0.02),
  seat: (model: tfl.LayersModel) => Injection = inject,
) {
  const model = windowModel();
  model.compile({optimizer, loss: 'meanSquaredError'});
  const injection = seat(model);
  const monitor = new Monitor(options);
  injection.use(monitor);
  return {model, injection, monitor, steps: recordSteps(injection)};
}

const meanOf = (steps: readonly RecordedStep[], of: (step: RecordedStep) => number) =>
  steps.reduce((sum, step) => sum + of(step), 0) / steps.length;

/** What the logs must say of some steps of one phase, in double precision. */
const expected = (steps: readonly RecordedStep[], key?: string): Record<string, number> => {
  const update = ({after: end, before: start}: RecordedStep) => normOf(difference(end, start), key);
  return {
    gradientNorm: meanOf(steps, ({phases}) => normOf(phases[0]!.raw, key)),
    clippedGradientNorm: meanOf(steps, ({phases}) => normOf(phases[0]!.taken, key)),
    updateNorm: meanOf(steps, update),
    weightNorm: meanOf(steps, step => normOf(step.before, key)),
    updateRatio: meanOf(steps, step => update(step) / normOf(step.before, key)),
  };
};

function expectNear(actual: Record<string, unknown>, wanted: Record<string, number>, tolerance = 2e-6): void {
  for (const [name, value] of Object.entries(wanted)) {
    expect(actual[name], name).to.be.a('number');
    expect(Math.abs((actual[name] as number) / value - 1), `${name}: ${actual[name]}, ${value}`).to.be.below(
      tolerance,
    );
  }
}

/** The logs of epoch `i` in a History. */
const epoch = (history: tfl.History['history'], i: number) =>
  Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[i]]));

/** Halves gradients where clipping stands. */
const halving = (injection: Injection) =>
  injection.hooks.gradients.tap(
    {name: 'halves', stage: stages.clip},
    gradients => new Map([...gradients].map(([weight, gradient]) => [weight, tf.mul(gradient, 0.5)])),
  );

describe('Monitor', () => {
  it('writes into History what double precision makes of the recorded gradients and weights, around tf.train.adam', async () => {
    const {model, injection, steps} = watched({include: everything});
    halving(injection);
    const {history} = await train(model, {epochs: 2});
    expect(steps).to.have.length(6);
    for (const i of [0, 1]) {
      const ofEpoch = steps.slice(3 * i, 3 * i + 3);
      expectNear(epoch(history, i), {...expected(ofEpoch), learningRate: 0.02});
      const {gradientNorm, clippedGradientNorm} = epoch(history, i) as Record<string, number>;
      expect(clippedGradientNorm! / gradientNorm!).to.be.closeTo(0.5, 1e-6);
    }
    expect(history.gradientNorm![0]).not.to.be.closeTo(history.gradientNorm![1] as number, 1e-3);
    expect(history.skippedBatches).to.deep.equal([0, 0]);
    // One phase: its loss is that of fit.
    expect(Object.keys(history)).to.have.members(
      ['loss', ...everything].filter(name => name !== 'phaseLosses'),
    );
    model.dispose();
  });

  it('measures by default all but what its comment leaves out, and only what include names', async () => {
    const {model} = watched({});
    const {history} = await train(model, {epochs: 1});
    expect(Object.keys(history)).to.have.members([
      ...['loss', 'learningRate', 'gradientNorm', 'updateNorm', 'updateRatio'],
      ...['skippedBatches', 'stepMilliseconds', 'tensors'],
    ]);
    expect(history.stepMilliseconds![0]).to.be.above(0);
    model.dispose();
    for (const name of everything.filter(each => each !== 'phaseLosses')) {
      const one = watched({include: [name]});
      expect(Object.keys((await train(one.model)).history)).to.have.members(['loss', name]);
      one.model.dispose();
    }
  });

  for (const way of ['fit', 'fitDataset', 'trainOnBatch'] as const) {
    it(`sees the same in ${way}`, async () => {
      const {model, monitor, steps} = watched({include: everything});
      const seen: Record<string, unknown>[] = [];
      if (way === 'trainOnBatch') {
        await trainers[way](model, 16, 64, 1);
        seen.push(await monitor.read());
      } else {
        inject(model).hooks.boundary.tap({name: 'sees', stage: stages.keep}, ({kind, logs}) => {
          if (kind === 'epoch') seen.push({...logs});
        });
        await trainers[way](model, 16, 64, 1);
      }
      expect(seen).to.have.length(1);
      expectNear(seen[0]!, expected(steps));
      model.dispose();
    });
  }

  it('tells of each weight, where that is asked for', async () => {
    const {model, injection, steps} = watched({include: everything, perWeight: true});
    halving(injection);
    const {history} = await train(model);
    const keys = injection.weights.map(({key}) => key);
    expect(keys).to.have.length(4);
    for (const key of keys) {
      const wanted = Object.entries(expected(steps, key)).map(([name, value]) => [`${name}/${key}`, value]);
      // A bias that starts at 0 has no ratio then.
      expectNear(epoch(history, 0), Object.fromEntries(wanted), 1e-5);
    }
    expectNear(epoch(history, 0), expected(steps));
    model.dispose();
  });

  it('has a ratio of 0 where weights are 0', async () => {
    const {model} = watched({include: ['updateRatio', 'weightNorm', 'updateNorm']}, tf.train.sgd(0.1));
    model.setWeights(model.getWeights().map(weight => tf.zerosLike(weight)));
    const {history} = await model.fit(x, y, {batchSize: 24, epochs: 1, verbose: 0});
    expect([history.updateRatio, history.weightNorm]).to.deep.equal([[0], [0]]);
    expect(history.updateNorm![0]).to.be.above(0);
    model.dispose();
  });

  it('tells each phase of Heun apart', async () => {
    const {model, steps} = watched({include: everything}, 'sgd', made =>
      new Heun({learningRate: 0.1}).inject(made),
    );
    const {history} = await train(model, {epochs: 1});
    const loss = (i: number) => meanOf(steps, ({phases}) => phases[i]!.loss);
    const norm = (i: number) => meanOf(steps, ({phases}) => normOf(phases[i]!.raw));
    expect(steps[0]!.phases).to.have.length(2);
    expect(loss(0)).not.to.be.closeTo(loss(1), 1e-3);
    expectNear(epoch(history, 0), {
      ...expected(steps),
      ...{
        lossPhase1: loss(0),
        lossPhase2: loss(1),
        gradientNormPhase2: norm(1),
        clippedGradientNormPhase2: norm(1),
      },
      learningRate: 0.1,
    });
    // With all batches of one size, the first phase's losses are those that fit averages.
    expect(history.lossPhase1![0]).to.be.closeTo(history.loss![0] as number, 1e-6);
    model.dispose();
  });

  it('counts steps, not batches, where batches are postponed', async () => {
    const {model, injection, steps} = watched({include: everything});
    injection.use(new AccumulateGradients({steps: 2}));
    const seen: Record<string, unknown>[] = [];
    injection.hooks.boundary.tap({name: 'sees', stage: stages.keep}, ({kind, logs}) => {
      if (kind === 'epoch' || kind === 'train') seen.push({...logs});
    });
    // Batches 1 2 | 3 and 4 | 5 6, of which the third epoch's last waits for the end of training.
    const {history} = await train(model, {epochs: 3, validationSplit: 0});
    expect(steps).to.have.length(5);
    expectNear(seen[0]!, expected(steps.slice(0, 1)));
    expectNear(seen[1]!, expected(steps.slice(1, 3)));
    expectNear(seen[2]!, expected(steps.slice(3, 4)));
    expectNear(seen[3]!, expected(steps.slice(4)));
    expect(history.updateNorm).to.have.length(3);
    model.dispose();
  });

  it('leaves no gap in History where an epoch had no step', async () => {
    const {model, injection} = watched({include: ['updateNorm', 'skippedBatches']});
    injection.use(new AccumulateGradients({steps: 5}));
    const {history} = await train(model, {epochs: 4});
    // 12 batches: steps after 5 and 10, in the second and the fourth epoch.
    const [, second, third, fourth] = [undefined, ...(history.updateNorm as number[])];
    expect(history.updateNorm).to.have.length(3);
    expect([Number.isFinite(second), third, Number.isFinite(fourth)]).to.deep.equal([true, Number.NaN, true]);
    model.dispose();
  });

  it('leaves out what a skipped step has seen, and counts it', async () => {
    const {model, injection, steps} = watched({include: everything}, 'sgd', made => new Heun().inject(made));
    let batches = 0;
    // In the second phase, when the first one's norms are known.
    injection.hooks.skip.tap('skips', ({index}) => {
      const isSkipped = index === 1 && ++batches % 3 === 2;
      return (isSkipped ? {reason: 'a test', action: 'rollback'} : undefined) as Skip;
    });
    const {history} = await train(model, {epochs: 2});
    expect(history.skippedBatches).to.deep.equal([1, 1]);
    expect(steps).to.have.length(4);
    expectNear(epoch(history, 0), expected(steps.slice(0, 2)));
    expectNear(epoch(history, 1), expected(steps.slice(2)));
    model.dispose();
  });

  it('leaves out what a step that threw has seen, and keeps no tensor of it', async () => {
    const {model, injection, monitor, steps} = watched({include: everything, perWeight: true}, 'sgd', made =>
      new Heun().inject(made),
    );
    let isBroken = true;
    injection.hooks.gradients.tap({name: 'breaks', stage: 2000}, (_, {index}) => {
      if (isBroken && index === 1) throw new Error('a plugin broke');
    });
    const {numTensors} = tf.memory();
    await trainers.trainOnBatch(model, 16, 16, 1).catch(() => {});
    // The batch that the throw has left to this test's helper.
    expect(tf.memory().numTensors - numTensors).to.equal(2);
    expect(await monitor.read()).to.deep.include({skippedBatches: 0});
    isBroken = false;
    await trainers.trainOnBatch(model, 16, 64, 1);
    expect(steps).to.have.length(4);
    expectNear(await monitor.read(), expected(steps));
    model.dispose();
  });

  it('measures every n-th step, where that is enough', async () => {
    const {model, steps} = watched({include: everything, measureEvery: 2});
    const {history} = await train(model, {epochs: 2});
    expectNear(epoch(history, 0), expected([steps[0]!, steps[2]!]));
    expectNear(epoch(history, 1), expected([steps[4]!]));
    model.dispose();
  });

  it('writes into the logs of batches, as the mean since the last entry; an epoch has the mean of all', async () => {
    const {model, steps} = watched({include: everything, logEvery: 2});
    const logs: tfl.Logs[] = [];
    const {history} = await train(model, {
      epochs: 2,
      batchSize: 4,
      callbacks: {onBatchEnd: (_, ofBatch) => void logs.push({...ofBatch})},
    });
    expect(logs.map(entry => 'gradientNorm' in entry)).to.deep.equal(
      Array.from({length: 12}, (_, i) => i % 2 === 1),
    );
    for (let i = 1; i < 12; i += 2) expectNear(logs[i]!, expected([steps[i - 1]!, steps[i]!]));
    expectNear(epoch(history, 1), expected(steps.slice(6)));
    model.dispose();
  });

  it('sees all that a step does, a sync of Lookahead too', async () => {
    const {model, injection, steps} = watched({include: everything});
    injection.use(new Lookahead({k: 2, alpha: 0.5, evaluateOn: 'fast'}));
    const {history} = await train(model, {epochs: 1});
    expectNear(epoch(history, 0), expected(steps));
    model.dispose();
  });

  it('leaves frozen weights out', async () => {
    const {model, steps} = watched({include: everything, perWeight: true});
    model.layers[0]!.trainable = false;
    const {warn} = console;
    console.warn = () => {};
    const {history} = await train(model).finally(() => {
      console.warn = warn;
    });
    const [, , kernel, bias] = inject(model).weights.map(({key}) => key);
    const rest = steps.map(step => {
      const only = (values: Record<string, number[]>) => ({
        [kernel!]: values[kernel!]!,
        [bias!]: values[bias!]!,
      });
      return {...step, before: only(step.before), after: only(step.after)};
    });
    expectNear(epoch(history, 0), expected(rest));
    const named = Object.keys(history).filter(name => name.startsWith('updateNorm/'));
    expect(named).to.have.members([`updateNorm/${kernel}`, `updateNorm/${bias}`]);
    model.dispose();
  });

  it('counts the tensors that there are', async () => {
    const {model, injection} = watched({include: ['tensors']});
    const leaked: tf.Tensor[] = [];
    injection.hooks.boundary.tap({name: 'leaks', stage: stages.report - 1}, ({kind}) => {
      if (kind === 'epoch') leaked.push(...[1, 2, 3].map(value => tf.scalar(value)));
    });
    const {history} = await train(model, {epochs: 3, callbacks: {onEpochEnd: () => {}}});
    const [first, second, third] = history.tensors as number[];
    expect([second! - first!, third! - second!]).to.deep.equal([3, 3]);
    tf.dispose(leaked);
    model.dispose();
  });

  it('reads nothing back in mid-step, and from an epoch what a few reads give', async () => {
    const reads = async (isWatched: boolean, measures: MonitorOptions) => {
      const model = windowModel();
      model.compile({optimizer: tf.train.adam(0.02), loss: 'meanSquaredError'});
      const injection = inject(model);
      if (isWatched) injection.use(new Monitor(measures));
      const engine = tf.engine();
      const {backend, runKernel} = engine;
      const {read, readSync} = backend;
      let count = 0;
      let isInside = false;
      let inside = 0;
      const counted = (native: (...args: never[]) => unknown, times: number) =>
        function (this: unknown, ...args: never[]) {
          // Reading at once is what some backends do to read at all.
          count += times;
          if (isInside) inside++;
          return native.apply(this, args);
        };
      injection.hooks.beforeStep.tap({name: 'begins', stage: -1000}, () => {
        isInside = true;
      });
      injection.hooks.afterBatch.tap({name: 'ends', stage: 1000}, () => {
        isInside = false;
      });
      Object.assign(backend, {read: counted(read, 1), readSync: counted(readSync, 0)});
      // Where a kernel looks at what it computes from, nothing goes back to whoever called it.
      engine.runKernel = function <T extends tf.Tensor | tf.Tensor[]>(...call: Parameters<typeof runKernel>) {
        const wasInside = isInside;
        isInside = false;
        const result = runKernel.apply(this, call);
        isInside = wasInside;
        return result as T;
      };
      try {
        await train(model, {epochs: 1, batchSize: 2, yieldEvery: 'never'});
      } finally {
        Object.assign(backend, {read, readSync});
        Reflect.deleteProperty(engine, 'runKernel');
      }
      model.dispose();
      return {count, inside};
    };
    const bare = await reads(false, {});
    const seen = await reads(true, {include: everything, perWeight: true});
    expect(seen.inside).to.equal(bare.inside);
    // One vector of the phase, one of the step.
    expect(seen.count - bare.count).to.equal(2);
  });

  it('does not tap what it need not see', () => {
    const {model, injection} = watched({include: ['learningRate', 'stepMilliseconds', 'tensors']});
    const fresh = windowModel();
    const other = inject(fresh).use(new Monitor({include: ['learningRate']}));
    expect(other.hooks.gradients.isUsed() || other.hooks.afterPhase.isUsed()).to.equal(false);
    expect(injection.hooks.boundary.isUsed()).to.equal(true);
    model.dispose();
    fresh.dispose();
  });

  it('refuses a second one, and to be read before it is injected', async () => {
    const {model, injection} = watched({});
    expect(() => injection.use(new Monitor())).to.throw('PLUGIN_CONFLICT');
    expect(injection.plugins).to.have.length(1);
    const message = await new Monitor().read().then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).to.contain('NOT_INJECTED');
    model.dispose();
  });

  it('is read in a loop by hand, whose weights may change from step to step', async () => {
    const [a, b] = [3, 5].map((value, i) => tf.variable(tf.scalar(value), true, `monitored${i}`)) as [
      tf.Variable,
      tf.Variable,
    ];
    const optimizer = new SGD({learningRate: 0.1});
    const monitor = new Monitor({include: ['gradientNorm', 'updateNorm'], perWeight: true});
    const injection = monitor.inject(optimizer);
    const step = (...weights: tf.Variable[]) =>
      optimizer.minimize(
        () => tf.addN(weights.map(weight => tf.square(weight))) as tf.Scalar,
        false,
        weights,
      );
    // a: 3 → 2.4 → 1.92, with gradients 6 and 4.8; b: 5 → 4 with 10.
    step(a);
    step(a, b);
    const read = await monitor.read();
    expectNear(read, {
      gradientNorm: (6 + Math.hypot(4.8, 10)) / 2,
      updateNorm: (0.6 + Math.hypot(0.48, 1)) / 2,
      'gradientNorm/monitored0': 5.4,
      'gradientNorm/monitored1': 10,
      'updateNorm/monitored1': 1,
    });
    injection.eject();
    tf.dispose([a, b]);
    optimizer.dispose();
  });

  it('begins anew where it is injected again', async () => {
    const {model, injection, monitor} = watched({include: everything}, new SGD({learningRate: 0.1}));
    await trainers.trainOnBatch(model, 16, 16, 1);
    injection.eject();
    const other = windowModel();
    const steps = recordSteps(inject(other).use(monitor));
    await trainers.trainOnBatch(other, 16, 32, 1);
    expectNear(await monitor.read(), expected(steps));
    tf.dispose([model.dispose(), other.dispose()] as never);
  });
});
