import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  Heun,
  hessianVectorProduct,
  type InjectErrorCode,
  type Injection,
  inject,
  optimizerOf,
  option,
  type Phase,
  type Plugin,
  SGD,
  type Slots,
  updateGroup,
  type Weight,
} from '../../src/index.js';
import {compiled, x, y} from '../support/plane.js';
import {refuses} from '../support/refuses.js';

/** Expects a step to be refused in which a plugin does this. */
async function refusesIn(
  hook: 'beforeStep' | 'evaluated' | 'gradients',
  code: InjectErrorCode,
  says: readonly string[],
  act: (injection: Injection, plugin: Plugin, ...args: never[]) => unknown,
): Promise<void> {
  const model = compiled(new SGD());
  const plugin: Plugin = {
    name: 'mine',
    apply: injection =>
      (injection.hooks[hook] as {tap(name: string, tap: unknown): void}).tap('mine', (...args: never[]) => {
        act(injection, plugin, ...args);
      }),
  };
  const injection = inject(model).use(plugin);
  const before = model.getWeights().map(weight => weight.arraySync());
  await refuses(code, says, () => model.trainOnBatch(x, y));
  expect(model.getWeights().map(weight => weight.arraySync())).to.deep.equal(before);
  expect(injection.iterations).to.equal(0);
  expect([...injection.slotsOf(plugin).entries()]).to.deep.equal([]);
  model.dispose();
}

const disposed = () => {
  const tensor = tf.zeros([2, 1]);
  tensor.dispose();
  return tensor;
};

describe('Slots of a plugin', () => {
  const writes: [code: InjectErrorCode, says: string[], act: (slots: Slots, weight: Weight) => void][] = [
    ['INVALID_OPTION', ["'a'", 'a tensor', '3'], (slots, weight) => slots.write('a', weight, 3 as never)],
    ['INVALID_OPTION', ['undefined'], (slots, weight) => slots.write('a', weight, undefined as never)],
    ['INVALID_OPTION', ['disposed'], (slots, weight) => slots.write('a', weight, disposed())],
    [
      'SHAPE_MISMATCH',
      ['float32', 'int32'],
      (slots, weight) => slots.write('a', weight, tf.ones([2, 1], 'int32')),
    ],
    ['INVALID_OPTION', ["'/'", '"a/b"'], (slots, weight) => slots.write('a/b', weight, tf.ones([2, 1]))],
    ['INVALID_OPTION', ['""'], (slots, weight) => slots.write('', weight, tf.ones([2, 1]))],
    [
      'INVALID_OPTION',
      ['undefined'],
      (slots, weight) => slots.write(undefined as never, weight, tf.ones([2, 1])),
    ],
    [
      'INVALID_OPTION',
      ['a Weight', 'kernel'],
      (slots, {key}) => slots.write('a', key as never, tf.ones([2, 1])),
    ],
    ['INVALID_OPTION', ["counter 'n'", '"3"'], slots => slots.setCount('n', '3' as never)],
    ['INVALID_OPTION', ["counter 'n'", 'undefined'], slots => slots.setCount('n', undefined as never)],
  ];
  for (const [code, says, act] of writes)
    it(`refuse what no file could hold: ${says.join(' ')}`, () =>
      refusesIn('beforeStep', code, says, (injection, plugin) =>
        act(injection.slotsOf(plugin), injection.weights[0]!),
      ));

  it('are of a plugin', () =>
    refusesIn('beforeStep', 'INVALID_OPTION', ['a plugin', 'undefined'], injection =>
      injection.slotsOf(undefined as never),
    ));
});

describe('A further evaluation', () => {
  const maps: Record<string, [says: string[], map: (weights: readonly Weight[]) => unknown]> = {
    'no map': [['Map from Weight', 'undefined'], () => undefined],
    'a list': [['Map from Weight', '[]'], () => []],
    'a map by names': [
      ['weights of the step', '/kernel'],
      weights => new Map(weights.map(({key}) => [key, tf.zeros([2, 1])])),
    ],
    "a map of another model's weights": [
      ['weights of the step'],
      weights => new Map([[{...weights[0]!}, tf.zeros([2, 1])]]),
    ],
  };
  const evaluate = {
    evaluateAt: (phase: Phase, map: unknown) => phase.evaluateAt(map as never),
    evaluateWith: (phase: Phase, map: unknown) => phase.evaluateWith(map as never),
    hessianVectorProduct: (phase: Phase, map: unknown) => hessianVectorProduct(phase, map as never),
  };
  for (const [name, run] of Object.entries(evaluate)) {
    for (const [what, [says, map]] of Object.entries(maps))
      it(`by ${name} is refused with ${what}`, () =>
        refusesIn('evaluated', 'INVALID_OPTION', says, (_, __, ___, phase: Phase) =>
          run(phase, map(phase.step.weights)),
        ));

    const tensors: [code: InjectErrorCode, says: string[], make: () => unknown][] = [
      ['INVALID_OPTION', ['a tensor', 'undefined'], () => undefined],
      ['INVALID_OPTION', ['a tensor', 'received 1'], () => 1],
      ['INVALID_OPTION', ['disposed'], disposed],
      ['SHAPE_MISMATCH', ['[2,1]', '[]'], () => tf.scalar(1)],
      ['SHAPE_MISMATCH', ['float32', 'int32'], () => tf.ones([2, 1], 'int32')],
    ];
    for (const [code, says, make] of tensors)
      it(`by ${name} is refused with ${says.join(' ')}`, () =>
        refusesIn('evaluated', code, ["/kernel'", ...says], (_, __, ___, phase: Phase) => {
          const [kernel] = phase.step.weights;
          run(phase, new Map([[kernel, name === 'evaluateWith' ? make : make()]]));
        }));
  }

  it('by evaluateWith is refused with what is no function', () =>
    refusesIn('evaluated', 'INVALID_OPTION', ['a function'], (_, __, ___, phase: Phase) =>
      phase.evaluateWith(new Map(phase.step.weights.map(weight => [weight, weight.variable])) as never),
    ));
});

describe('A tap', () => {
  it('of gradients that changes the map itself is held to the same', () =>
    refusesIn(
      'gradients',
      'SHAPE_MISMATCH',
      ["'gradients'", "'mine'", '[9]'],
      (_, __, map: Map<Weight, tf.Tensor>) => {
        for (const weight of map.keys()) map.set(weight, tf.zeros([9]));
      },
    ));

  it('of gradients that puts a name into the map is told so', () =>
    refusesIn(
      'gradients',
      'INVALID_OPTION',
      ["'gradients'", "'mine'", 'weights of the step', '"kernel"'],
      (_, __, map: Map<unknown, tf.Tensor>) => {
        map.set('kernel', tf.zeros([2, 1]));
      },
    ));

  it('of groups must leave some, each of which is one', () => {
    const own = updateGroup({name: 'own', update: ({weight}) => ({weight})});
    const wrong = [
      [],
      [undefined],
      [{}],
      [1],
      [{...own, name: undefined}],
      [{...own, kind: 'other'}],
      [{...own, update: 3}],
    ];
    for (const groups of wrong) {
      const model = compiled();
      const injection = new Heun().inject(model);
      const plugin: Plugin = {
        name: 'mine',
        apply: ({hooks}) => hooks.groups.tap('mine', () => groups as never),
      };
      expect(() => injection.use(plugin)).to.throw(
        /INVALID_OPTION.*'groups'.*update groups.*received \[.*'mine'/,
      );
      expect(injection.plugins).to.deep.equal([]);
      model.dispose();
    }
  });
});

describe("A plugin's update", () => {
  const update = () => ({});
  it('must be by a group that needs no phase', async () => {
    const groups = [
      undefined,
      {name: 'x', update},
      updateGroup({name: 'x', evaluates: true, compute: () => []}),
      updateGroup({name: 'x', point: ({weight}) => weight, update}),
      updateGroup({name: 'x', prepareGradient: gradient => gradient, update}),
    ];
    for (const group of groups)
      await refusesIn('beforeStep', 'INVALID_OPTION', ['updateGroup(…) without'], (injection, plugin) =>
        injection.update(plugin, group as never),
      );
  });
});

describe('Pieces of a batch', () => {
  it('have a whole number of rows', async () => {
    for (const rows of [0, -1, 1.5, 'x', undefined]) {
      const model = compiled();
      inject(model).hooks.window.tap('mine', evaluations => {
        if (evaluations !== 'postpone') evaluations[0]!.split(rows as never);
      });
      await refuses('INVALID_OPTION', ['rows', String(rows)], () => model.trainOnBatch(x, y));
      model.dispose();
    }
  });
});

describe('The default of an option', () => {
  it('must be what the option must be', () => {
    const wrong = [
      option.number(Number.NaN),
      option.integer(1.5),
      option.number(2, {max: 1}),
      option.oneOf('c' as never, 'a', 'b'),
    ];
    for (const extra of wrong) {
      const Wrong = optimizerOf('Wrong', {learningRate: option.rate(0.1), extra} as never) as unknown as new (
        options?: object,
      ) => object;
      expect(() => new Wrong()).to.throw(/INVALID_OPTION: extra of Wrong must be/);
    }
  });
});
