import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Heun, InjectError, type InjectPlugin, inject, SGD} from '../../src/index.js';
import {trainOnBatches} from '../support/batches.js';
import {modelCases, weightsOf} from '../support/models.js';
import {logisticRegression as problem, type Vectors} from '../support/problems.js';
import {type InnerOracle, innerOracles, StackOracle} from '../support/stackOracle.js';
import {pluginOracles} from './pluginOracles.js';
import {type PluginEntry, plugins} from './pluginRegistry.js';

const learningRate = 0.1;
/** Windows of two batches, syncs of three steps: both end here. */
const batches = 12;

const allInners: Record<string, {make(): tf.Optimizer; oracle(): InnerOracle}> = {
  'SGD with momentum': {
    make: () => new SGD({learningRate, momentum: 0.9}),
    oracle: innerOracles.momentum,
  },
  'tf.train.adam': {make: () => tf.train.adam(learningRate), oracle: innerOracles.adam},
  Heun: {make: () => new Heun({learningRate}), oracle: innerOracles.heun},
};

/** What is done in which order does not depend on the backend: elsewhere than on cpu the one with the most phases must do. */
const inners = tf.getBackend() === 'cpu' ? allInners : {Heun: allInners.Heun!};

/** What does the same in a hand-written loop as in a model: a search is over when `fit` is. */
const entries = plugins.filter(
  ({isVariant, name}) => !isVariant && name !== 'LearningRateFinder' && name !== 'MicroBatch',
);
const pairs = entries.flatMap(first =>
  entries.filter(second => second !== first).map(second => [first, second] as const),
);

/** The reason for which a stack is refused, or nothing. */
function refusalOf(use: () => void): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    if (error instanceof InjectError && error.code === 'PLUGIN_CONFLICT') return error.message;
    throw error;
  }
}

/** The weights that training and evaluation see after some batches of a hand-written loop; or the refusal. */
function trained(
  optimizer: tf.Optimizer,
  use: readonly InjectPlugin[],
): {at: number[]; shown: number[]} | string {
  const variables = tf.tidy(() =>
    problem.weights.map(({name, shape, start}) => tf.variable(tf.tensor(start, shape), true, `pair/${name}`)),
  );
  const injection = inject(optimizer);
  try {
    const refusal = refusalOf(() => {
      for (const plugin of use) injection.use(plugin);
    });
    if (refusal) return refusal;
    for (let i = 0; i < batches; i++)
      optimizer.minimize(() => tf.tidy(() => problem.loss(variables)), false, variables);
    const read = () => variables.flatMap(variable => [...variable.dataSync()]);
    return {at: read(), shown: injection.evaluate(read)};
  } finally {
    injection.eject();
    optimizer.dispose();
    tf.dispose(variables);
  }
}

function expected(oracle: StackOracle): {at: number[]; shown: number[]} {
  let weights: Vectors = problem.weights.map(({start}) => Float64Array.from(start));
  for (let i = 0; i < batches; i++) weights = oracle.take(weights, problem.gradient64);
  const flat = (vectors: Vectors) => vectors.flatMap(values => [...values]);
  return {at: flat(weights), shown: flat(oracle.shown(weights))};
}

const label = (stack: readonly PluginEntry[]) => stack.map(({name}) => name).join(', then ');

describe('Every pair of plugins, in both orders', () => {
  it('has all plugins in it, each with what it does in double precision', () => {
    for (const {name} of entries) expect(pluginOracles, name).to.have.property(name);
    expect(pairs.length).to.be.at.least(90);
  });

  for (const [inner, {make, oracle}] of Object.entries(inners)) {
    for (const first of entries) {
      it(`does what both do in the order of a step, or is refused: ${first.name}, then another, around ${inner}`, () => {
        for (const [, second] of pairs.filter(([each]) => each === first)) {
          const stack = [first, second];
          const {numTensors} = tf.memory();
          const found = trained(
            make(),
            stack.map(each => each.make()),
          );
          if (inner !== 'tf.train.adam') expect(tf.memory().numTensors, label(stack)).to.equal(numTensors);
          if (typeof found === 'string') {
            const reversed = trained(make(), [second.make(), first.make()]);
            expect(reversed, `${label(stack)} are refused, and so in the other order`).to.be.a('string');
            continue;
          }
          const oracles = stack.flatMap(({name}) => pluginOracles[name]?.() ?? []);
          const goal = expected(new StackOracle(oracle(), oracles, learningRate));
          for (const of of ['at', 'shown'] as const) {
            for (const [i, value] of found[of].entries())
              expect(value, `${label(stack)}: ${of} ${i}`).to.be.closeTo(goal[of][i]!, 2e-5);
          }
        }
      });
    }
  }

  const modelCase = modelCases.find(({name}) => /BatchNorm and dropout/.test(name))!;
  for (const first of entries) {
    it(`gives one result in both orders on a model with BatchNorm and dropout: ${first.name} and another`, async () => {
      for (const second of entries.slice(entries.indexOf(first) + 1)) {
        const ends = [];
        for (const stack of [
          [first, second],
          [second, first],
        ]) {
          const model = modelCase.make(tf.train.adam(0.01));
          const before = tf.memory().numTensors;
          const injection = inject(model, {seed: 11});
          const refusal = refusalOf(() => {
            for (const {make} of stack) injection.use(make());
          });
          if (!refusal) {
            await trainOnBatches(model, modelCase, 0, 6);
            injection.eject();
            // Those of tf.train.adam stay: two for each weight.
            const own = 2 * injection.weights.length;
            expect(tf.memory().numTensors - before, label(stack)).to.equal(own);
          }
          ends.push(refusal ? 'refused' : weightsOf(model));
          model.dispose();
        }
        const mayDiffer = bothClip(first, second);
        if (!mayDiffer) expect(ends[1], `${first.name}, ${second.name}`).to.deep.equal(ends[0]);
      }
    });
  }
});

/** Of one stage, the order of `use` counts. */
function bothClip(...pair: readonly PluginEntry[]): boolean {
  return pair.every(({name}) => /Clip/.test(name));
}
