import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  Adam,
  AdamW,
  Heun,
  InjectOptimizer,
  inject,
  LBFGS,
  type Partition,
  Partitions,
  RMSprop,
  ScheduleFreeSGD,
  SGD,
  updateGroup,
  type WeightSelector,
} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {refuses} from '../support/refuses.js';
import {slide} from '../support/slide.js';
import {warningsOf} from '../support/warnings.js';

const still = (weights: WeightSelector): Partition => ({weights, learningRateFactor: 0});
const sgd = (partitions: readonly Partition[], learningRate = 0.1) =>
  new Partitions({optimizer: new SGD({learningRate}), partitions});

/** Two dense layers, the first inside a model of its own, with an RNN between. */
function nested(optimizer: string | tf.Optimizer) {
  const encoder = tfl.sequential({
    name: 'encoder',
    layers: [tfl.layers.dense({units: 3, inputShape: [4, 2], name: 'first'})],
  });
  const layers = [
    encoder,
    tfl.layers.gru({units: 2, name: 'rnn', recurrentInitializer: 'glorotUniform'}),
    tfl.layers.dense({units: 1, name: 'last'}),
  ];
  const model = tfl.sequential({layers});
  model.compile({optimizer, loss: 'meanSquaredError'});
  return {model, layers};
}

/** The keys of the weights that two steps of `optimizer` leave as they were. */
async function unmoved(make: (layers: tfl.layers.Layer[]) => InjectOptimizer): Promise<string[]> {
  const {model, layers} = nested('sgd');
  const injection = make(layers).inject(model);
  const read = () => injection.weights.map(({variable}) => [...variable.dataSync()].join());
  const before = read();
  const [x, y] = [tf.randomNormal([6, 4, 2], 0, 1, 'float32', 1), tf.ones([6, 1])];
  await model.fit(x, y, {epochs: 2, verbose: 0});
  const after = read();
  tf.dispose([x, y]);
  model.dispose();
  return injection.weights.filter((_, i) => before[i] === after[i]).map(({key}) => key);
}

/** Slides one weight and a second under one optimizer, and returns both ways. */
function slides(optimizer: tf.Optimizer, gradients: readonly number[]): [number[], number[]] {
  const weights = [tf.variable(tf.scalar(1), true, 'a'), tf.variable(tf.scalar(1), true, 'b')] as const;
  const ways: [number[], number[]] = [[], []];
  for (const gradient of gradients) {
    const loss = () => tf.add(tf.mul(weights[0], gradient), tf.mul(weights[1], gradient)) as tf.Scalar;
    optimizer.minimize(loss, false, [...weights]);
    for (const [i, way] of ways.entries()) way.push(weights[i]!.dataSync()[0]!);
  }
  for (const each of [optimizer, ...weights]) each.dispose();
  return ways;
}

const gradients = [0.5, -2, 0.25, 1, -0.125];

describe('Partitions', () => {
  const rnn = ['rnn/kernel', 'rnn/recurrent_kernel', 'rnn/bias'];
  const choices: Record<string, [WeightSelector | ((layers: tfl.layers.Layer[]) => WeightSelector), RegExp]> =
    {
      'the name of a weight': ['last/bias', /^last\/bias$/],
      'the name of a layer': ['first', /^first/],
      'the name of a nested model': ['encoder', /^first/],
      'a regular expression': [/kernel$/, /kernel$/],
      'a regular expression that is global': [/kernel/g, /kernel/],
      'a list': [['last/bias', /^first/], /^last\/bias$|^first/],
    };
  for (const [what, [selector, expected]] of Object.entries(choices)) {
    it(`choose weights by ${what}`, async () => {
      const chosen = await unmoved(() => sgd([still(selector as WeightSelector)]));
      const all = await unmoved(() => sgd([still(/./)]));
      expect(all).to.include.members(rnn.slice(0, 0)).and.have.length(7);
      expect(chosen).to.deep.equal(all.filter(key => expected.test(key)));
      expect(chosen.length).to.be.within(1, 6);
    });
  }

  it('choose weights by a layer, a nested model among them, and by a predicate', async () => {
    expect(await unmoved(layers => sgd([still(layers[0]!)]))).to.deep.equal(
      await unmoved(() => sgd([still('encoder')])),
    );
    const ofRank1 = await unmoved(() => sgd([still(({variable}) => variable.rank === 1)]));
    expect(ofRank1).to.have.length(3);
    const outputs = await unmoved(() => sgd([still(({isOutput}) => isOutput === true)]));
    expect(outputs).to.deep.equal(await unmoved(() => sgd([still('last')])));
  });

  it('give each weight the way that it has alone under the optimizer of its partition, bit for bit', () => {
    const main = new AdamW({learningRate: 0.1, weightDecay: 0.5});
    const alone = (optimizer: tf.Optimizer) => slide(optimizer, gradients);
    const cases: [Omit<Partition, 'weights'>, tf.Optimizer][] = [
      [{learningRateFactor: 0.25}, new AdamW({learningRate: 0.025, weightDecay: 0.5})],
      [{options: {weightDecay: 0}}, new AdamW({learningRate: 0.1, weightDecay: 0})],
      [
        {options: {weightDecay: 0, beta1: 0.5}, learningRateFactor: 0.5},
        new AdamW({learningRate: 0.05, weightDecay: 0, beta1: 0.5}),
      ],
      [{options: {learningRate: 0.3}}, new AdamW({learningRate: 0.3, weightDecay: 0.5})],
      [{optimizer: new SGD({learningRate: 0.2, momentum: 0.9})}, new SGD({learningRate: 0.2, momentum: 0.9})],
      [
        {optimizer: new RMSprop({learningRate: 0.2}), learningRateFactor: 0.5},
        new RMSprop({learningRate: 0.1}),
      ],
    ];
    const rest = alone(new AdamW({learningRate: 0.1, weightDecay: 0.5}));
    for (const [partition, expected] of cases) {
      const both = slides(
        new Partitions({optimizer: main, partitions: [{weights: 'b', ...partition}]}),
        gradients,
      );
      expect(both).to.deep.equal([rest, alone(expected)]);
      expect(both[0]).not.to.deep.equal(both[1]);
    }
  });

  it('give a weight to the first partition that chooses it', () => {
    const partitions = [
      {weights: 'a', learningRateFactor: 2},
      {weights: /./, learningRateFactor: 3},
    ];
    expect(slides(sgd(partitions), [1])).to.deep.equal([
      slide(sgd([partitions[1]!], 0.2 / 3), [1]),
      slide(sgd([partitions[1]!]), [1]),
    ]);
  });

  it('keep the proportions of all rates where the main one is changed, by assignment or by a plugin', async () => {
    const make = () =>
      new Partitions({
        optimizer: new SGD({learningRate: iterations => 0.4 / (iterations + 1)}),
        partitions: [{weights: 'b', optimizer: new SGD({learningRate: 0.25})}],
      });
    // Steps of α and of 0.25; then with α doubled, which is 0.4, and 0.5.
    expect(slides(make(), [1, 1])).to.deep.equal([slide(make().options.optimizer, [1, 1]), [0.75, 0.5]]);
    const assigned = make();
    assigned.learningRate = 0.8;
    expect(slides(assigned, [1])[1]).to.deep.equal([0.5]);

    const {model} = nested('sgd');
    const optimizer = new Partitions({
      optimizer: new SGD({learningRate: 0.1}),
      partitions: [{weights: 'last/bias', optimizer: new SGD({learningRate: 0.25})}],
    });
    const injection = optimizer.inject(model);
    const bias = injection.weights.find(({key}) => key === 'last/bias')!;
    const before = bias.variable.dataSync()[0]!;
    let gradient = 0;
    injection.hooks.learningRate.tap('half', rate => rate / 2);
    injection.hooks.gradients.tap('see', seen => {
      gradient = seen.get(bias)!.dataSync()[0]!;
    });
    const [x, y] = [tf.ones([2, 4, 2]), tf.ones([2, 1])];
    await model.trainOnBatch(x, y);
    expect(bias.variable.dataSync()[0]).to.be.closeTo(before - 0.125 * gradient, 1e-7);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('choose by a layer in a hand-written loop that uses one', () => {
    const layer = tfl.layers.dense({units: 1, inputShape: [2], useBias: false});
    const [x, other] = [tf.ones([1, 2]), tf.variable(tf.scalar(1))];
    layer.apply(x);
    const kernel = layer.weights[0]!.read() as tf.Variable;
    const before = [...kernel.dataSync()];
    const loss = () =>
      tf.tidy(() => tf.add(tf.sum(layer.apply(x) as tf.Tensor), tf.square(other)) as tf.Scalar);
    sgd([still(layer)]).minimize(loss, false, [kernel, other]);
    expect([...kernel.dataSync()]).to.deep.equal(before);
    expect(other.dataSync()[0]).to.be.closeTo(0.8, 1e-7);
    for (const each of [layer, x, other]) each.dispose();
  });

  it('are refused from compile alone, which does not tell whose weights are whose', async () => {
    const {model} = nested(sgd([still('last')]));
    const [x, y] = [tf.ones([2, 4, 2]), tf.ones([2, 1])];
    await refuses('NOT_INJECTED', ['optimizer.inject(model)'], () => model.trainOnBatch(x, y));
    tf.dispose([x, y]);
    model.dispose();
  });

  it('take as many phases as their optimizers', () => {
    const [a, b] = slides(
      new Partitions({
        optimizer: new Heun({learningRate: 0.1}),
        partitions: [{weights: 'b', learningRateFactor: 2}],
      }),
      gradients,
    );
    expect(a).to.deep.equal(slide(new Heun({learningRate: 0.1}), gradients));
    expect(b).to.deep.equal(slide(new Heun({learningRate: 0.2}), gradients));
  });

  it('come back from a file with their selectors, options and optimizers', async () => {
    const {model, layers} = nested('sgd');
    const partitions: Partition[] = [
      {weights: ['last/bias', /RNN\/_kernel|^rnn/i]},
      {weights: layers[0]!, options: {beta1: 0.5, epsilonOn: 'uncorrected'}, learningRateFactor: 0.5},
      {weights: 'last', optimizer: new RMSprop({learningRate: 0.2, centered: true})},
    ];
    const optimizer = new Partitions({optimizer: new Adam({learningRate: 0.05}), partitions});
    optimizer.inject(model);
    let artifacts: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler(async saved => {
      artifacts = JSON.parse(JSON.stringify(saved));
      artifacts!.weightData = saved.weightData!;
      return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
    });
    await model.save(handler, {includeOptimizer: true});
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(artifacts!));
    const {options, learningRate} = loaded.optimizer as Partitions;
    expect(learningRate).to.equal(0.05);
    expect(options.optimizer).to.be.instanceOf(Adam);
    expect(options.partitions[0]).to.deep.equal({weights: ['last/bias', /RNN\/_kernel|^rnn/i]});
    expect(options.partitions[1]).to.deep.equal({...partitions[1], weights: 'encoder'});
    expect(options.partitions[2]!.optimizer).to.be.instanceOf(RMSprop);
    expect(options.partitions[2]!.optimizer!.options).to.deep.equal(partitions[2]!.optimizer!.options);
    for (const each of [model, loaded]) each.dispose();
  });

  it('refuse what means nothing', async () => {
    const {model} = nested('sgd');
    class Searching extends InjectOptimizer {
      *getGroupedUpdates() {
        yield updateGroup({name: 'none', update: ({weight}) => ({weight})});
      }
    }
    const main = new SGD();
    const say = (says: string, make: () => unknown) => refuses('INVALID_OPTION', [says], make);
    await say('optimizer of Partitions', () => new Partitions());
    const foreign = tf.train.adam(1) as never;
    await say(
      'optimizer of Partitions',
      () => new Partitions({optimizer: foreign, partitions: [still('a')]}),
    );
    await say('partitions of Partitions', () => new Partitions({optimizer: main, partitions: []}));
    await say('weights of partition 2 of Partitions', () => sgd([still('a'), {} as never]));
    await say('learningRateFactor of partition 1', () => sgd([{weights: 'a', learningRateFactor: -1}]));
    await refuses('UNKNOWN_OPTION', ["'weightDecay'"], () => sgd([{weights: 'a', weightDecay: 0} as never]));
    await refuses('UNKNOWN_OPTION', ["'beta1'"], () => sgd([{weights: 'a', options: {beta1: 0}}]));
    await say('received both', () => sgd([{weights: 'a', options: {}, optimizer: main}]));
    await say('equally many phases', () => sgd([{weights: 'last', optimizer: new Heun()}]).inject(model));
    await say('phases that are fixed', () =>
      sgd([{weights: 'last', optimizer: new Searching()}]).inject(model),
    );
    await say('received "lost"', () => sgd([still(['last', 'lost'])]).inject(model));
    await say('received /lost/', () => sgd([still(/lost/)]).inject(model));
    await say('to be saved', () => sgd([still(() => true)]).getConfig());
    await say('plain value', () =>
      sgd([{weights: 'a', optimizer: new SGD({learningRate: () => 1})}]).getConfig(),
    );
    await say('imported before', () =>
      Partitions.fromConfig(Partitions, {
        learningRate: 1,
        name: JSON.stringify({optimizer: {className: 'toString', config: {}}, partitions: []}),
      }),
    );
    // What was refused has left nothing behind.
    inject(model).eject();
    model.dispose();
  });

  it('refuse an optimizer that searches, as main, as a part, and within another Partitions', async () => {
    const {model} = nested('sgd');
    class Probing extends InjectOptimizer {
      getGroupedUpdates() {
        return [
          updateGroup({name: 'probe', evaluates: true, compute: ({weights}) => weights.map(() => ({}))}),
        ];
      }
    }
    const within = (optimizer: InjectOptimizer) =>
      new Partitions({optimizer: new SGD(), partitions: [{weights: /bias$/, optimizer}]});
    const around = (optimizer: InjectOptimizer) =>
      new Partitions({optimizer, partitions: [{weights: /bias$/, learningRateFactor: 0.5}]});
    const searching: [InjectOptimizer, string][] = [
      [around(new LBFGS()), "LBFGS, whose group 'lbfgs' evaluates"],
      [within(new LBFGS()), "LBFGS, whose group 'lbfgs' evaluates"],
      [around(around(new LBFGS())), "LBFGS, whose group 'lbfgs' evaluates"],
      [within(within(new LBFGS())), "LBFGS, whose group 'lbfgs' evaluates"],
      [within(new Probing()), "Probing, whose group 'probe' evaluates"],
    ];
    for (const [optimizer, says] of searching) {
      await refuses('INVALID_OPTION', ['one gradient a phase', says], () => optimizer.inject(model));
    }
    inject(model).eject();
    const weight = tf.variable(tf.scalar(1));
    await refuses('INVALID_OPTION', ['one gradient a phase'], () =>
      around(new LBFGS()).minimize(() => tf.square(weight) as tf.Scalar, false, [weight]),
    );
    weight.dispose();
    model.dispose();
  });

  const rates = (...partitions: Partition[]) =>
    new Partitions({optimizer: new ScheduleFreeSGD({learningRate: 0.05}), partitions});
  const countersOf = async (optimizer: Partitions) =>
    Object.fromEntries(
      (await optimizer.getWeights())
        .filter(({name}) => name.endsWith('.weightSum'))
        .map(({name, tensor}) => [name.slice('Partitions/'.length), tensor.dataSync()[0]!]),
    );
  const step = async ({trainOnBatch}: {trainOnBatch: tfl.LayersModel['trainOnBatch']}) => {
    const [x, y] = [tf.ones([2, 4, 2]), tf.ones([2, 1])];
    await trainOnBatch(x, y);
    tf.dispose([x, y]);
  };
  const train = async (model: tfl.LayersModel, steps: number) => {
    for (let i = 0; i < steps; i++) await step({trainOnBatch: (x, y) => model.trainOnBatch(x, y)});
  };

  it('name counters by what a partition chooses, and only that of a function by its number', async () => {
    const {model, layers} = nested('sgd');
    const optimizer = rates(
      {weights: ({key}) => key === 'last/bias'},
      {weights: layers[0]!},
      {weights: ['last', /^rnn.bias$/]},
      {weights: /kernel$/},
    );
    const injection = optimizer.inject(model);
    await train(model, 2);
    expect(Object.keys(await countersOf(optimizer))).to.have.members([
      'partition1.weightSum',
      'partition("encoder").weightSum',
      'partition(["last", /^rnn.bias$/]).weightSum',
      'partition(/kernel$/).weightSum',
    ]);
    injection.eject();
    optimizer.dispose();
    model.dispose();
  });

  for (const how of ['setWeights', 'restore']) {
    it(`keep counters with their partition where others come and change places, by ${how}`, async () => {
      const [upper, rnn] = [
        {weights: 'last', learningRateFactor: 0.5},
        {weights: /^rnn/, learningRateFactor: 2},
      ];
      const former = rates(upper, rnn);
      const {model} = nested('sgd');
      const injection = former.inject(model);
      await train(model, 3);
      const counted = await countersOf(former);
      expect(new Set(Object.values(counted)).size).to.equal(3);
      const place = memoryPlace();
      await injection.save(place);

      const next = rates({weights: 'encoder', learningRateFactor: 0.1}, rnn, upper);
      const {model: other} = nested('sgd');
      if (how === 'setWeights') await next.setWeights(await former.getWeights());
      const taken = next.inject(other);
      if (how === 'restore') await taken.restore(place, {partial: true});
      expect(await countersOf(next)).to.deep.equal(counted);
      if (how === 'setWeights') {
        const warnings = await warningsOf(() => train(other, 1));
        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.contain(`no counter 'partition("encoder").weightSum', which starts anew`);
      } else await train(other, 1);
      await train(model, 1);
      const [now, alone] = [await countersOf(next), await countersOf(former)];
      for (const name of ['partition("last").weightSum', 'partition(/^rnn/).weightSum'])
        expect(now[name], name).to.equal(alone[name]).and.above(counted[name]!);
      expect(now['partition("encoder").weightSum']).to.be.below(counted['partition("last").weightSum']!);
      for (const each of [injection, taken]) each.eject();
      for (const each of [former, next, model, other]) each.dispose();
    });
  }

  it('refuse a counter of a partition that they have not, with the names of those that they have', async () => {
    const former = rates({weights: 'last'});
    const {model} = nested('sgd');
    const injection = former.inject(model);
    await train(model, 1);
    const saved = await former.getWeights();
    const next = rates({weights: /^rnn/});
    await refuses('UNKNOWN_SLOT', ['partition(/^rnn/).weightSum', 'partition(\\"last\\").weightSum'], () =>
      next.setWeights(saved),
    );
    injection.eject();
    for (const each of [former, next, model]) each.dispose();
  });

  it('keep counters through a file of the model, with selectors that have slashes', async () => {
    const {model} = nested('sgd');
    const optimizer = rates(
      {weights: 'last/bias', learningRateFactor: 0.5},
      {weights: /\/kernel$/, learningRateFactor: 2},
    );
    optimizer.inject(model);
    await train(model, 2);
    const place = memoryPlace();
    await model.save(place, {includeOptimizer: true});
    const loaded = await tfl.loadLayersModel(place);
    const counted = await countersOf(optimizer);
    expect(Object.keys(counted)).to.have.length(3);
    expect(await countersOf(loaded.optimizer as Partitions)).to.deep.equal(counted);
    for (const each of [model, loaded]) each.dispose();
  });

  it('refuse a partition whose weights all go to earlier ones, and name these', async () => {
    const {model, layers} = nested('sgd');
    const say = (says: string[], ...partitions: Partition[]) =>
      refuses('INVALID_OPTION', says, () => sgd(partitions).inject(model));
    await say(
      [
        'partition("last") of',
        'chooses last/kernel, last/bias, which partition(/bias$/) and partition(/kernel$/) have',
      ],
      still(/bias$/),
      still(/kernel$/),
      still('last'),
    );
    await say(
      ['partition("first")', 'which partition("encoder") has already'],
      still(layers[0]!),
      still('first'),
    );
    await say(
      ['partition2 of', 'partition1 has'],
      still(() => true),
      still(({isOutput}) => isOutput === true),
    );
    // The inner one's are in the wrong order by themselves.
    const inner = sgd([still('last'), still('last/bias')]);
    await refuses('INVALID_OPTION', ['partition("last/bias")'], () =>
      new Partitions({optimizer: inner, partitions: [still(/^rnn/)]}).inject(model),
    );
    // Those of the main optimizer may be none, and what a predicate chooses belongs to whoever comes first.
    sgd([still('encoder'), still(/./)])
      .inject(model)
      .eject();
    model.dispose();
  });

  it('keep a partition for layers that are frozen now, and in a loop one for variables that come later', async () => {
    const {model, layers} = nested('sgd');
    layers[0]!.trainable = false;
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    sgd([still(/^(last|rnn)/), still(/./)])
      .inject(model)
      .eject();
    sgd([still('rnn'), still('last'), {weights: ({layers = []}) => layers.some(({name}) => name !== 'rnn')}])
      .inject(model)
      .eject();
    model.dispose();

    const [a, b] = ['laterA', 'laterB'].map(name => tf.variable(tf.scalar(1), true, name)) as [
      tf.Variable,
      tf.Variable,
    ];
    const optimizer = sgd([still('laterA'), {weights: /later/, learningRateFactor: 2}]);
    for (const each of [a, b]) optimizer.minimize(() => tf.mul(each, 1) as tf.Scalar, false, [each, a]);
    expect([a, b].map(each => each.dataSync()[0])).to.deep.equal([1, Math.fround(1 - Math.fround(0.2))]);
    for (const each of [a, b, optimizer]) each.dispose();
  });

  it('say so in a hand-written loop, too, where a partition chooses no weight', async () => {
    const weight = tf.variable(tf.scalar(1));
    const optimizer = sgd([still('lost')]);
    const step = () => optimizer.minimize(() => tf.square(weight) as tf.Scalar, false, [weight]);
    await refuses('INVALID_OPTION', ['lost'], step);
    expect(weight.dataSync()[0]).to.equal(1);
    weight.dispose();
  });
});
