import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  Heun,
  InjectOptimizer,
  inject,
  Lookahead,
  type Phase,
  RungeKutta,
  SGD,
  type UpdateGroup,
  updateGroup,
  type Weight,
} from '../../src/index.js';
import {compiled, x, y} from '../support/plane.js';
import {refuses} from '../support/refuses.js';

describe('an InjectError about a value', () => {
  it('INVALID_OPTION says what an option must be and what it was', async () => {
    const model = compiled();
    const injection = inject(model);
    const cases: [readonly string[], () => unknown][] = [
      [['new Heun({learningRate: 0.1})'], () => new Heun(0.1 as never)],
      [['new Lookahead({…})', '5'], () => new Lookahead(5 as never)],
      [['learningRate of Heun', 'finite', 'NaN'], () => new Heun({learningRate: Number.NaN})],
      [['momentum of SGD', '≥ 0', '< 1', 'received 1'], () => new SGD({momentum: 1})],
      [['nesterov of SGD', 'momentum above 0'], () => new SGD({nesterov: true})],
      [['explicit', 'row 1'], () => new RungeKutta({tableau: {a: [[1]], b: [1]}})],
      [['sum to 1', '0.5'], () => new RungeKutta({tableau: {a: [[]], b: [0.5]}})],
      [['seed of inject', '-1'], () => inject(model, {seed: -1})],
      [['name', 'apply'], () => injection.use({name: 'x'} as never)],
      [['group', 'name'], () => updateGroup({name: '', update: ({weight}) => ({weight})})],
      [['getGroupedUpdates', 'at least one', '[]'], () => new Empty().inject(model)],
    ];
    for (const [words, body] of cases) await refuses('INVALID_OPTION', words, body);
  });

  it('INVALID_OPTION is raised in the step where a schedule or a hook gives no sensible value', async () => {
    const model = compiled();
    new SGD({learningRate: t => (t < 1 ? 0.1 : -1)}).inject(model);
    await model.trainOnBatch(x, y);
    await refuses('INVALID_OPTION', ['learningRate of SGD', '-1', 'after 1 steps'], () =>
      model.trainOnBatch(x, y),
    );
    const hooked = compiled();
    const {hooks} = inject(hooked);
    hooks.learningRate.tap('test', () => Number.POSITIVE_INFINITY);
    await refuses('INVALID_OPTION', ['finite', 'Infinity'], () => hooked.trainOnBatch(x, y));
    const windowed = compiled();
    inject(windowed).hooks.window.tap('test', () => []);
    await refuses('INVALID_OPTION', ["'window'", 'evaluations', '[]'], () => windowed.trainOnBatch(x, y));
  });

  it('UNKNOWN_OPTION lists the options that there are', async () => {
    const model = compiled();
    await refuses('UNKNOWN_OPTION', ['learningRate', "'lr'"], () => new Heun({lr: 0.1} as never));
    await refuses('UNKNOWN_OPTION', ['k, alpha, evaluateOn', "'K'"], () => new Lookahead({K: 5} as never));
    await refuses('UNKNOWN_OPTION', ['seed', "'seeds'"], () => inject(model, {seeds: 1} as never));
  });

  it("UNKNOWN_SLOT and SHAPE_MISMATCH: what a group returns must be of its slots and of the weight's shape", async () => {
    const slots = {kept: 'zeros'} as const;
    const cases: [Parameters<typeof refuses>[0], string[], UpdateGroup][] = [
      [
        'UNKNOWN_SLOT',
        ["'typo'", 'weight, kept'],
        updateGroup({name: 'g', slots, compute: ({weights}) => weights.map(({weight}) => ({typo: weight}))}),
      ],
      [
        'SHAPE_MISMATCH',
        ['shape [2,1]', 'received [1,2]'],
        updateGroup({
          name: 'g',
          slots,
          compute: ({weights}) => weights.map(({weight}) => ({weight, kept: tf.transpose(weight)})),
        }),
      ],
      ['SHAPE_MISMATCH', ['2 weights', 'received 0'], updateGroup({name: 'g', compute: () => []})],
      [
        'INVALID_OPTION',
        ["as 'weight'", 'received 3'],
        updateGroup({name: 'g', update: () => ({weight: 3 as never})}),
      ],
    ];
    for (const [code, words, group] of cases) {
      const model = compiled(new Of([group]));
      const before = model.getWeights()[0]!.arraySync();
      await refuses(code, ["'g'", ...words], () => model.trainOnBatch(x, y));
      inject(model);
      await refuses(code, ["'g'", ...words], () => model.trainOnBatch(x, y));
      expect(model.getWeights()[0]!.arraySync()).to.deep.equal(before);
      expect(model.optimizer.iterations).to.equal(0);
    }
  });

  it("SHAPE_MISMATCH: a displacement, a value and a loaded slot must have their weight's shape", async () => {
    const bad = () => tf.zeros([1, 2]);
    for (const [what, evaluate] of [
      ['displacement', (phase: Phase, weight: Weight) => phase.evaluateAt(new Map([[weight, bad()]]))],
      ['value', (phase: Phase, weight: Weight) => phase.evaluateWith(new Map([[weight, bad]]))],
    ] as const) {
      const model = compiled();
      const before = model.getWeights()[0]!.arraySync();
      inject(model).hooks.evaluated.tap('test', (evaluated, phase) => {
        evaluate(phase, phase.step.weights[0]!);
        return evaluated;
      });
      await refuses('SHAPE_MISMATCH', [`a ${what} of`, '/kernel', '[2,1]', 'received [1,2]'], () =>
        model.trainOnBatch(x, y),
      );
      expect(model.getWeights()[0]!.arraySync()).to.deep.equal(before);
    }

    const momentum = new SGD({momentum: 0.9});
    const loaded = compiled(momentum);
    const tensor = tf.zeros([3]);
    const iter = {name: 'iter', tensor: tf.scalar(1, 'int32')};
    await momentum.setWeights([iter, {name: `SGD/velocity/${loaded.weights[0]!.originalName}`, tensor}]);
    await refuses('SHAPE_MISMATCH', ["'velocity'", '[2,1]', '[3]'], () => loaded.trainOnBatch(x, y));
  });

  it('SHAPE_MISMATCH: a new variable must have the shape of the former one of its name, whose slots it takes', async () => {
    const optimizer = new SGD({momentum: 0.9});
    for (const shape of [[2, 2], [3], [2]]) {
      const variable = tf.variable(tf.ones(shape), true, 'w');
      const train = () => optimizer.minimize(() => tf.sum(tf.square(variable)), false, [variable]);
      if (shape.length === 2) train();
      else {
        const words = ["'velocity'", "'w'", `shape [${shape}]; that of a former`, '[2,2]'];
        await refuses('SHAPE_MISMATCH', words, async () => train());
      }
      expect(variable.dataSync()[0]).to.equal(shape.length === 2 ? Math.fround(0.98) : 1);
      variable.dispose();
    }
    optimizer.dispose();
  });

  it('SHAPE_MISMATCH: a variable that is trained must be of float32', async () => {
    for (const optimizer of [new SGD(), new Heun(), tf.train.adam(0.1)]) {
      inject(optimizer);
      const floats = tf.variable(tf.ones([2]));
      const integers = tf.variable(tf.ones([2], 'int32'), true, undefined, 'int32');
      const loss = () => tf.add(tf.sum(floats), tf.sum(tf.cast(integers, 'float32'))) as tf.Scalar;
      await refuses('SHAPE_MISMATCH', [`'${integers.name}'`, 'float32', 'int32'], async () =>
        optimizer.minimize(loss, false, [floats, integers]),
      );
      expect([...floats.dataSync(), ...integers.dataSync()]).to.deep.equal([1, 1, 1, 1]);
      // Where it has no gradient, it may be there.
      optimizer.minimize(() => tf.sum(floats), false, [floats, integers]);
      expect(floats.dataSync()[0]).to.be.below(1);
      tf.dispose([floats, integers]);
    }
  });

  it("CHECKPOINT_MISMATCH and UNKNOWN_SLOT: saved state must be an optimizer's own", async () => {
    const momentum = new SGD({momentum: 0.9});
    const model = compiled(momentum);
    await model.trainOnBatch(x, y);
    const before = await valuesOf(momentum);
    const tensor = tf.zeros([2, 1]);
    const iter = {name: 'iter', tensor: tf.scalar(7, 'int32')};
    await refuses('CHECKPOINT_MISMATCH', ["'iter'", '"SGD/velocity/w"'], () =>
      momentum.setWeights([{name: 'SGD/velocity/w', tensor}]),
    );
    await refuses('CHECKPOINT_MISMATCH', ["'iter'", 'undefined'], () => momentum.setWeights([]));
    for (const name of ['Heun/velocity/w', 'SGD/veloctiy/w', 'velocity']) {
      await refuses('UNKNOWN_SLOT', ['SGD/<slot>/<weight>', '[velocity]', name], () =>
        momentum.setWeights([iter, {name, tensor}]),
      );
    }
    expect(await valuesOf(momentum)).to.deep.equal(before);
  });
});

class Of extends InjectOptimizer {
  constructor(private readonly groups: readonly UpdateGroup[]) {
    super();
  }

  getGroupedUpdates() {
    return this.groups;
  }
}

async function valuesOf(optimizer: tf.Optimizer) {
  return (await optimizer.getWeights()).map(({name, tensor}) => [name, tensor.arraySync()]);
}

class Empty extends InjectOptimizer {
  getGroupedUpdates() {
    return [];
  }
}
