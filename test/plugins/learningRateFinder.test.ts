import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import * as vega from 'vega';
import {compile} from 'vega-lite';
import {
  AccumulateGradients,
  Adam,
  Heun,
  type Injection,
  inject,
  LearningRateFinder,
  type LearningRateFinderOptions,
  Lookahead,
  Monitor,
  SGD,
  type Skip,
  stages,
} from '../../src/index.js';
import {rateSuggestion} from '../../src/plugins/shared/rateSuggestion.js';
import {trainers, windowModel} from '../support/accumulate.js';
import {trainOnBatches} from '../support/batches.js';
import {type ModelCase, modelCases, weightsOf} from '../support/models.js';

const [, withDropout] = modelCases as [ModelCase, ModelCase];

/** Notes the rate and the first phase's loss of each completed step, read in mid-step. */
function record({hooks}: Injection): {rate: number; loss: number}[] {
  const steps: {rate: number; loss: number}[] = [];
  let loss = Number.NaN;
  hooks.afterPhase.tap('records', phase => {
    if (phase.index === 0) loss = phase.loss.dataSync()[0]!;
  });
  hooks.afterStep.tap('records', ({learningRate}) => {
    steps.push({rate: learningRate, loss});
  });
  return steps;
}

/** A model of windowModel with a finder and a recorder. */
function searched(options: LearningRateFinderOptions, optimizer: tf.Optimizer = tf.train.sgd(0.123)) {
  const model = windowModel();
  model.compile({optimizer, loss: 'meanSquaredError'});
  const finder = new LearningRateFinder(options);
  const injection = inject(model).use(finder);
  return {model, injection, finder, steps: record(injection)};
}

const expectNear = (actual: readonly number[], wanted: readonly number[], tolerance: number) => {
  expect(actual).to.have.length(wanted.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value / wanted[i]! - 1), `${i}: ${value}, ${wanted[i]}`).to.be.below(tolerance);
  });
};

/** Σ βⁿ⁻ⁱ·(1 − β)·Lᵢ / (1 − βⁿ⁺¹), term by term. */
const smoothed = (losses: readonly number[], beta: number) =>
  losses.map((_, n) => {
    const sum = losses
      .slice(0, n + 1)
      .reduce((total, loss, i) => total + beta ** (n - i) * (1 - beta) * loss, 0);
    return sum / (1 - beta ** (n + 1));
  });

const x = tf.randomNormal([24, 3], 0, 1, 'float32', 41);
const y = tf.randomNormal([24, 1], 0, 1, 'float32', 42);
after(() => tf.dispose([x, y]));
const train = (model: tfl.LayersModel, args: tfl.ModelFitArgs = {}) =>
  model.fit(x, y, {batchSize: 8, epochs: 50, shuffle: false, verbose: 0, ...args});

describe('LearningRateFinder', () => {
  for (const scale of ['exponential', 'linear'] as const) {
    it(`takes ${scale} rates in turn, and notes the smoothed losses, as the formula has them`, async () => {
      const settings = {minLearningRate: 1e-4, maxLearningRate: 0.1, steps: 13, smoothing: 0.9, scale};
      const {model, finder, steps} = searched(settings);
      await finder.search(() => train(model));
      const rates = Array.from({length: 13}, (_, i) =>
        scale === 'linear' ? 1e-4 + ((0.1 - 1e-4) * i) / 12 : 10 ** (-4 + (3 * i) / 12),
      );
      expectNear(finder.rates, rates, 1e-12);
      expectNear(
        steps.map(({rate}) => rate),
        rates,
        1e-12,
      );
      const losses = smoothed(
        steps.map(({loss}) => loss),
        0.9,
      );
      expectNear(finder.losses, losses, 1e-12);
      expect(finder.isOver).to.equal(true);
      model.dispose();
    });
  }

  it('stands in place of schedules, whenever they came, and only while it searches', async () => {
    const {model, injection, finder, steps} = searched({steps: 4, minLearningRate: 1e-3, maxLearningRate: 1});
    injection.hooks.learningRate.tap({name: 'schedule', stage: stages.plateau}, () => 0.07);
    await finder.search(() => train(model));
    await train(model, {epochs: 1});
    expectNear(
      steps.map(({rate}) => rate),
      [1e-3, 1e-2, 1e-1, 1, 0.07, 0.07, 0.07],
      1e-12,
    );
    model.dispose();
  });

  it('goes from 1e-7 to 10 in 100 steps with a smoothing of 0.98 by default, unless the loss diverges', async () => {
    const {model, finder, steps} = searched({divergeAt: 1e30}, tf.train.adam());
    await finder.search(() => train(model));
    expect(finder.rates).to.have.length(100);
    expectNear([finder.rates[0]!, finder.rates[99]!], [1e-7, 10], 1e-9);
    expectNear(
      finder.losses,
      smoothed(
        steps.map(({loss}) => loss),
        0.98,
      ),
      1e-9,
    );
    model.dispose();
  });

  it('stops with the step after which the smoothed loss is above 4 times its best', async () => {
    const {model, finder, steps} = searched({
      steps: 60,
      smoothing: 0.5,
      minLearningRate: 1e-3,
      maxLearningRate: 1e4,
    });
    await finder.search(() => train(model));
    const losses = smoothed(
      steps.map(({loss}) => loss),
      0.5,
    );
    const best = losses.map((_, i) => Math.min(...losses.slice(0, i + 1)));
    const last = losses.findIndex((loss, i) => loss > 4 * best[i]!);
    expect(last).to.be.within(10, 50);
    expect(finder.rates).to.have.length(last + 1);
    expect(steps).to.have.length(last + 1);
    model.dispose();
  });

  it('stops at a loss that is not finite, which it does not note', async () => {
    const {model, finder, steps} = searched({
      ...{steps: 30, smoothing: 0, divergeAt: Number.MAX_VALUE},
      ...{minLearningRate: 1e-2, maxLearningRate: 1e30},
    });
    await finder.search(() => train(model));
    expect(Number.isFinite(steps.at(-1)!.loss)).to.equal(false);
    expect(finder.losses).to.have.length(steps.length - 1);
    expect(finder.losses.every(Number.isFinite)).to.equal(true);
    model.dispose();
  });

  it('takes a negative loss that goes down for no divergence', async () => {
    const model = windowModel();
    const minus = (_: tf.Tensor, output: tf.Tensor) => tf.mean(tf.sub(output, 1000)) as tf.Scalar;
    model.compile({optimizer: 'sgd', loss: minus});
    const finder = new LearningRateFinder({
      steps: 12,
      minLearningRate: 1e-3,
      maxLearningRate: 1,
      smoothing: 0.5,
    });
    finder.inject(model);
    await finder.search(() => train(model));
    expect(finder.losses.at(-1)).to.be.below(-1000);
    expect(finder.rates).to.have.length(12);
    model.dispose();
  });

  it('ends where a guard skips a step', async () => {
    const {model, injection, finder, steps} = searched({steps: 30});
    let seen = 0;
    injection.hooks.skip.tap(
      'guards',
      () => (++seen === 8 ? {reason: 'a test', action: 'rollback'} : undefined) as Skip,
    );
    await finder.search(() => train(model));
    expect([steps.length, finder.rates.length]).to.deep.equal([7, 7]);
    model.dispose();
  });

  it('counts steps, not batches, where batches are postponed', async () => {
    const {model, injection, finder, steps} = searched({
      steps: 9,
      minLearningRate: 1e-4,
      maxLearningRate: 1e-2,
    });
    injection.use(new AccumulateGradients({steps: 4}));
    await finder.search(() => train(model));
    expect(finder.rates).to.deep.equal(steps.map(({rate}) => rate));
    expect(new Set(finder.rates).size).to.equal(9);
    expectNear(
      finder.losses,
      smoothed(
        steps.map(({loss}) => loss),
        0.98,
      ),
      1e-12,
    );
    model.dispose();
  });

  for (const way of ['fitDataset', 'trainOnBatch', 'minimize'] as const) {
    it(`finds the same by ${way} as by fit`, async () => {
      const settings = {steps: 12, minLearningRate: 1e-4, maxLearningRate: 1};
      const one = searched(settings);
      await one.finder.search(() => trainers.fit(one.model, 16, 64, 10));
      if (way === 'minimize') {
        const made = loop(settings);
        const message = await made.finder.search(made.train).catch((error: Error) => error.message);
        expect(message).to.contain('a loop of one');
        made.step();
        await made.finder.search(made.train);
        expect(made.finder.rates).to.have.length(12);
        expectNear(made.finder.losses, made.expected(), 1e-5);
        made.dispose();
      } else {
        const other = searched(settings);
        await other.finder.search(async () => {
          if (way === 'fitDataset') await trainers[way](other.model, 16, 64, 10);
          else while (!other.finder.isOver) await trainers[way](other.model, 64 / 4, 64, 1);
        });
        expect(other.finder.rates).to.deep.equal(one.finder.rates);
        expectNear(other.finder.losses, one.finder.losses, 1e-6);
        other.model.dispose();
      }
      one.model.dispose();
    });
  }

  const stacks: Record<
    string,
    {compileWith: (rate: number) => tf.Optimizer; use?: (model: tfl.LayersModel) => void}
  > = {
    'tf.train.adam': {compileWith: rate => tf.train.adam(rate)},
    'tf.train.momentum': {compileWith: rate => tf.train.momentum(rate, 0.9)},
    'Adam with Lookahead and a Monitor': {
      compileWith: learningRate => new Adam({learningRate}),
      use: model => {
        new Lookahead({k: 3}).inject(model);
        new Monitor().inject(model);
      },
    },
    Heun: {compileWith: learningRate => new Heun({learningRate})},
  };
  for (const [name, {compileWith, use}] of Object.entries(stacks)) {
    it(`leaves everything as it was: training goes on as that of a twin that never searched, with ${name}`, async () => {
      const ends: unknown[] = [];
      const tensors: number[] = [];
      for (const isSearched of [false, true]) {
        const {numTensors} = tf.memory();
        const model = withDropout.make(compileWith(0.02));
        const injection = inject(model, {seed: 3});
        use?.(model);
        // With slots, statistics and clocks that have begun.
        await trainOnBatches(model, withDropout, 0, 4);
        if (isSearched) {
          const finder = new LearningRateFinder({
            steps: 7,
            minLearningRate: 1e-3,
            maxLearningRate: 1,
            divergeAt: 1e9,
          });
          injection.use(finder);
          const start = weightsOf(model);
          const {x: inputs, y: targets} = withDropout.data();
          let moved: unknown;
          await finder.search(async () => {
            await model.fit(inputs, targets, {epochs: 5, batchSize: 8, verbose: 0});
            moved = weightsOf(model);
          });
          tf.dispose([inputs, targets]);
          expect(finder.rates).to.have.length(7);
          expect(moved).not.to.deep.equal(start);
          expect(injection.iterations).to.equal(4);
        }
        await trainOnBatches(model, withDropout, 4, 9);
        tensors.push(tf.memory().numTensors - numTensors);
        injection.eject();
        ends.push(weightsOf(model));
        model.dispose();
      }
      expect(ends[1]).to.deep.equal(ends[0]);
      expect(tensors[1]).to.equal(tensors[0]);
    });

    it(`and with the rate that it suggests, as that of a fresh twin with that rate, with ${name}`, async () => {
      const found = withDropout.make(compileWith(0.5));
      const finder = new LearningRateFinder({steps: 20, minLearningRate: 1e-3, maxLearningRate: 1});
      inject(found, {seed: 3}).use(finder);
      use?.(found);
      const {x: inputs, y: targets} = withDropout.data();
      const fitted = (model: tfl.LayersModel, epochs: number) =>
        model.fit(inputs, targets, {epochs, batchSize: 8, shuffle: false, verbose: 0});
      const {steepest} = await finder.search(() => fitted(found, 20));
      const models = [found, withDropout.make('sgd')];
      for (const model of models) {
        inject(model).eject();
        model.compile({optimizer: compileWith(steepest), loss: 'meanSquaredError'});
        inject(model, {seed: 3});
        use?.(model);
        await fitted(model, 2);
      }
      expect(weightsOf(models[0]!)).to.deep.equal(weightsOf(models[1]!));
      for (const model of models) model.dispose();
      tf.dispose([inputs, targets]);
    });
  }

  it('puts everything back where the training throws, and hands its error on', async () => {
    const {model, injection, finder} = searched({steps: 30, minLearningRate: 0.1});
    const start = weightsOf(model);
    const {numTensors} = tf.memory();
    const error = new Error('the network');
    let caught: unknown;
    await finder
      .search(async () => {
        await train(model, {epochs: 2});
        throw error;
      })
      .catch(thrown => {
        caught = thrown;
      });
    expect(caught).to.equal(error);
    expect(weightsOf(model)).to.deep.equal(start);
    expect([tf.memory().numTensors, injection.iterations]).to.deep.equal([numTensors, 0]);
    model.dispose();
  });

  it('does nothing outside a search, and may search again', async () => {
    const {model, finder, steps} = searched({steps: 5, minLearningRate: 1e-3, maxLearningRate: 1});
    const rates = [];
    for (let i = 0; i < 2; i++) {
      await finder.search(() => train(model));
      rates.push([...finder.rates]);
      await train(model, {epochs: 1});
    }
    expect(rates[0]).to.deep.equal(rates[1]);
    expect(steps.map(({rate}) => rate)).to.deep.equal([
      ...rates[0]!,
      ...Array(3).fill(0.123),
      ...rates[1]!,
      ...Array(3).fill(0.123),
    ]);
    model.dispose();
  });

  it('uses what there is where training ends before its steps, and refuses less than two', async () => {
    const {model, finder} = searched({steps: 50});
    await finder.search(() => train(model, {epochs: 2}));
    expect(finder.rates).to.have.length(6);
    const message = await finder
      .search(() => model.fit(x, y, {batchSize: 24, epochs: 1, verbose: 0}))
      .then(
        () => '',
        (error: Error) => error.message,
      );
    expect(message).to.equal(
      'INVALID_OPTION: a search must take at least 2 steps with a finite loss; this one took 1',
    );
    model.dispose();
  });

  it('refuses what makes no sense, before anything has changed', async () => {
    const messageOf = (body: Promise<unknown>) =>
      body.then(
        () => '',
        (error: Error) => error.message,
      );
    expect(await messageOf(new LearningRateFinder().search(() => {}))).to.contain('NOT_INJECTED');
    const {model, injection, finder} = searched({steps: 3});
    expect(() => injection.use(new LearningRateFinder())).to.throw('PLUGIN_CONFLICT');
    expect(await messageOf(finder.search('fit' as never))).to.contain('INVALID_OPTION');
    let inner = '';
    await finder.search(async () => {
      inner = await messageOf(finder.search(() => {}));
      await train(model);
    });
    expect(inner).to.contain('TRAINING');
    injection.use(new AccumulateGradients({steps: 2}));
    await model.trainOnBatch(x, y);
    expect(await messageOf(finder.search(() => train(model)))).to.contain(
      'PLUGIN_CONFLICT: a search must begin',
    );
    await model.trainOnBatch(x, y);
    expect(injection.iterations).to.equal(1);
    injection.eject();
    expect(await messageOf(finder.search(() => {}))).to.contain('NOT_INJECTED');
    model.dispose();
  });

  it('refuses in a loop by hand to train what it would not put back', async () => {
    const made = loop({steps: 5});
    made.step();
    const other = tf.variable(tf.scalar(2), true, 'other');
    const message = await made.finder
      .search(() => made.optimizer.minimize(() => tf.square(other) as tf.Scalar, false, [other]))
      .then(
        () => '',
        (error: Error) => error.message,
      );
    expect(message).to.contain('INVALID_OPTION').and.to.contain("'other'");
    expect(other.dataSync()[0]).to.equal(2);
    other.dispose();
    made.dispose();
  });

  it('lets go of what it remembers where the injection ends in the middle', async () => {
    const {model, injection, finder} = searched({steps: 30});
    const {numTensors} = tf.memory();
    await finder
      .search(async () => {
        await train(model, {epochs: 1});
        injection.eject();
      })
      .catch(() => {});
    expect(tf.memory().numTensors).to.equal(numTensors);
    model.dispose();
  });

  it('draws its curve and what it suggests by Vega-Lite', async () => {
    for (const scale of ['exponential', 'linear'] as const) {
      const {model, finder} = searched({steps: 20, minLearningRate: 1e-3, maxLearningRate: 1, scale});
      await finder.search(() => train(model));
      const {spec} = compile(JSON.parse(JSON.stringify(finder.toVegaLite())), {logger: strict as never});
      const view = new vega.View(vega.parse(spec), {renderer: 'none'});
      const svg = await view.toSVG();
      expect(view.scale('x').type).to.equal(scale === 'linear' ? 'linear' : 'log');
      const ends = [finder.rates[0]!, finder.rates.at(-1)!, ...Object.values(finder.suggestion)];
      const domain = view.scale('x').domain();
      expect(domain[0]).to.be.closeTo(Math.min(...ends), 1e-9);
      expect(domain.at(-1)).to.be.closeTo(Math.max(...ends), 1e-9);
      view.finalize();
      // A point of the curve for each rate, and a rule for each suggestion.
      const paths = [...svg.matchAll(/ d="(M[^"]*)"/g)].map(([, path]) => path!.split('L').length);
      expect(paths).to.include(finder.rates.length);
      expect(svg).to.contain('>steepest<').and.to.contain('>minimum<');
      model.dispose();
    }
  });
});

describe('The suggestions of a search', () => {
  const rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000, 1e4];

  it('are the steepest descent by the logarithm of the rate, and a tenth of the lowest', () => {
    // By decades, from the second on: 0, −1, −5 (from 1e-2 on), −1 …; the last five are left out: rates 1e-4 to 1e-1.
    const losses = [50, 8, 8, 7, 2, 1, 0, 0, 9, 9];
    expect(rateSuggestion(rates, losses, 1)).to.deep.equal({steepest: 1e-2, minimum: 1e-2});
    // Without leaving any out at the start the first decade falls by 42.
    expect(rateSuggestion(rates, losses, 0).steepest).to.equal(1e-5);
  });

  it('are of all points where leaving some out would leave none', () => {
    expect(rateSuggestion(rates.slice(0, 4), [3, 2, 0, 5], 10)).to.deep.equal({
      steepest: 1e-4,
      minimum: 1e-4,
    });
  });
});

const strict = {
  level: () => strict,
  error: fail,
  warn: fail,
  info: () => strict,
  debug: () => strict,
};
function fail(message: string): never {
  throw new Error(message);
}

/** One weight at 3 with the loss w², in a loop by hand: w ← w·(1 − 2α). */
function loop(settings: LearningRateFinderOptions) {
  const weight = tf.variable(tf.scalar(3));
  const optimizer = new SGD({learningRate: 0.5});
  const finder = new LearningRateFinder(settings);
  const injection = finder.inject(optimizer);
  const step = () => {
    optimizer.minimize(() => tf.square(weight) as tf.Scalar, false, [weight]);
  };
  return {
    finder,
    optimizer,
    /** Before a search it ends at 0, where there is nothing to find; so it is put back to 3. */
    step() {
      step();
      weight.assign(tf.scalar(3));
    },
    async train() {
      while (!finder.isOver) {
        step();
        await injection.passBoundary('batch');
      }
    },
    expected() {
      expect(weight.dataSync()[0]).to.equal(3);
      let value = 3;
      const losses = finder.rates.map(rate => {
        const loss = value ** 2;
        value *= 1 - 2 * rate;
        return loss;
      });
      return smoothed(losses, 0.98);
    },
    dispose() {
      injection.eject();
      optimizer.dispose();
      weight.dispose();
    },
  };
}
