import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  type ComputeContext,
  type InjectErrorCode,
  type Injection,
  inject,
  type Plugin,
  type UpdateGroup,
  updateGroup,
} from '../../src/index.js';
import {OfGroups} from '../support/ofGroups.js';
import {compiled, x, y} from '../support/plane.js';
import {refuses} from '../support/refuses.js';

type Values = Record<string, [code: InjectErrorCode, says: string[], value: unknown]>;

/** Expects a step with the group to be refused, whatever it may be injected with, and all to be as it was. */
async function refusesStep(code: InjectErrorCode, says: string[], group: UpdateGroup): Promise<void> {
  const model = compiled();
  const injection = new OfGroups(group).inject(model);
  const before = model.getWeights().map(weight => weight.arraySync());
  await refuses(code, says, () => model.trainOnBatch(x, y));
  expect(model.getWeights().map(weight => weight.arraySync())).to.deep.equal(before);
  expect([injection.iterations, injection.optimizerSlots!.bytes]).to.deep.equal([0, 0]);
  model.dispose();
}

const disposed = (tensor: tf.Tensor) => {
  const other = tf.add(tensor, 1);
  other.dispose();
  return other;
};
/** A rule's definition as JavaScript may have it. */
const wrongly = (definition: object) => updateGroup({name: 'g', ...definition} as never) as UpdateGroup;
const descend = {
  update: ({weight, gradient}: never) => ({weight: (weight as never as Chained).sub(gradient)}),
};
interface Chained {
  sub(other: unknown): unknown;
}

describe('What compute returns', () => {
  type Compute = (context: ComputeContext) => unknown;
  const ofEach =
    (value: (weight: tf.Tensor) => unknown): Compute =>
    ({weights}) =>
      weights.map(({weight}) => value(weight));
  const cases: Values = {
    nothing: ['INVALID_OPTION', ['undefined'], () => undefined],
    null: ['INVALID_OPTION', ['null'], () => null],
    'a number': ['INVALID_OPTION', ['3'], () => 3],
    'a text': ['INVALID_OPTION', ['"abc"'], () => 'abc'],
    'a promise': ['INVALID_OPTION', ['Promise'], async ({weights}: ComputeContext) => [...weights]],
    'a Map': ['INVALID_OPTION', ['Map'], () => new Map()],
    'a list of nothing': ['INVALID_OPTION', ['[undefined'], ofEach(() => undefined)],
    'a list of tensors': ['INVALID_OPTION', ['such as {weight: …}'], ofEach(weight => weight)],
    'a weight that is null': ['INVALID_OPTION', ["'weight'", 'null'], ofEach(() => ({weight: null}))],
    'a weight that is an array': ['INVALID_OPTION', ["'weight'", '[1]'], ofEach(() => ({weight: [1]}))],
    'a slot that is undefined': [
      'INVALID_OPTION',
      ["'kept'", 'undefined'],
      ofEach(weight => ({weight: tf.add(weight, 1), kept: undefined})),
    ],
    'a tensor that is no more': [
      'INVALID_OPTION',
      ['disposed'],
      ofEach(weight => ({weight: disposed(weight)})),
    ],
    integers: [
      'SHAPE_MISMATCH',
      ['float32', 'int32'],
      ofEach(weight => ({weight: tf.cast(weight, 'int32')})),
    ],
    'a slot of truth values': [
      'SHAPE_MISMATCH',
      ["'kept'", 'float32', 'bool'],
      ofEach(weight => ({kept: tf.greater(weight, 0)})),
    ],
  };
  for (const [what, [code, says, compute]] of Object.entries(cases))
    it(`is refused where it is ${what}`, async () => {
      const group = wrongly({slots: {kept: 'zeros'}, compute});
      await refusesStep(code, ["'g'", ...says], group);
    });
});

describe('What prepareGradient returns', () => {
  const cases: Values = {
    nothing: ['INVALID_OPTION', ['undefined'], () => undefined],
    'a number': ['INVALID_OPTION', ['received 1'], () => 1],
    'what would be broadcast': ['SHAPE_MISMATCH', ['[]'], () => tf.scalar(1)],
    'its transpose': ['SHAPE_MISMATCH', ['[2,1]', '[1,2]'], (gradient: tf.Tensor) => tf.transpose(gradient)],
    integers: ['SHAPE_MISMATCH', ['int32'], (gradient: tf.Tensor) => tf.cast(gradient, 'int32')],
    'a tensor that is no more': ['INVALID_OPTION', ['disposed'], disposed],
  };
  for (const [what, [code, says, prepareGradient]] of Object.entries(cases))
    it(`is refused where it is ${what}`, () =>
      refusesStep(
        code,
        ["prepareGradient of group 'g'", '/kernel', ...says],
        wrongly({...descend, prepareGradient}),
      ));
});

describe('A rule', () => {
  const cases: Record<string, unknown> = {
    'is asynchronous': async () => ({}),
    'returns a Map': () => new Map(),
    'returns a list': () => [],
  };
  for (const [what, update] of Object.entries(cases))
    it(`that ${what} is refused`, () => refusesStep('INVALID_OPTION', ["'g'", 'by name'], wrongly({update})));
});

describe('Scalars', () => {
  const cases: Record<string, [says: string[], scalars: () => unknown]> = {
    'are nothing': [['by name', 'undefined'], () => undefined],
    'come later': [['by name', 'Promise'], async () => ({a: 1})],
    'are NaN': [["'a'", 'NaN'], () => ({a: Number.NaN})],
    'are undefined': [["'a'", 'undefined'], () => ({a: undefined})],
    'are a text': [["'a'", '"1"'], () => ({a: '1'})],
    'are a tensor': [["'a'", 'Tensor'], () => ({a: tf.scalar(1)})],
    'lack a counter': [["'n'"], () => ({a: 1})],
    'have a counter that is NaN': [["'n'", 'NaN'], () => ({n: Number.NaN})],
    'have a counter without end': [["'n'", 'finite', 'Infinity'], () => ({n: Number.POSITIVE_INFINITY})],
    'are named as a slot': [['slot', '"v"'], () => ({n: 1, v: 1})],
    'are named as an operand': [['operand', '"gradient"'], () => ({n: 1, gradient: 1})],
  };
  for (const [what, [says, scalars]] of Object.entries(cases))
    it(`that ${what} are refused`, () => {
      const counters = says.includes("'n'") || says[0] === 'slot' || says[0] === 'operand' ? {n: 0} : {};
      const group = wrongly({
        ...descend,
        slots: {v: 'zeros'},
        counters,
        scalars,
      });
      return refusesStep('INVALID_OPTION', ["scalars of group 'g'", ...says], group);
    });

  it('may be infinite: a limit that is none', async () => {
    const model = compiled();
    const group = updateGroup({
      name: 'g',
      scalars: () => ({limit: Number.POSITIVE_INFINITY}),
      update: ({weight, gradient, limit}) => ({weight: weight.sub(gradient.minimum(limit))}),
    });
    new OfGroups(group).inject(model);
    await model.trainOnBatch(x, y);
    expect(model.getWeights()[0]!.dataSync().every(Number.isFinite)).to.equal(true);
    model.dispose();
  });

  it('that a plugin gives must be numbers', async () => {
    const group = updateGroup({
      name: 'd',
      scalars: ['k'],
      update: ({weight, k}) => ({weight: weight.mul(k)}),
    });
    for (const [given, says] of [
      [undefined, "'k'"],
      [{k: Number.NaN}, 'NaN'],
      [{k: '1'}, '"1"'],
      [{k: null}, 'null'],
    ] as const) {
      const model = compiled();
      const plugin: Plugin = {
        name: 'p',
        apply: ({hooks}: Injection) =>
          hooks.beforeStep.tap('p', () => injection.update(plugin, group, given as never)),
      };
      const injection = inject(model).use(plugin);
      await refuses('INVALID_OPTION', ["scalars of group 'd'", says], () => model.trainOnBatch(x, y));
      expect(injection.iterations).to.equal(0);
      model.dispose();
    }
  });

  it('of one counter with two starts are refused', () => {
    const group = (name: string, start: number) =>
      updateGroup({
        name,
        counters: {n: start},
        scalars: ({counters: {n}}) => ({n: n + 1}),
        update: ({weight}) => ({weight}),
      });
    const model = compiled();
    expect(() => new OfGroups(group('a', 0), group('b', 5)).inject(model)).to.throw(
      /INVALID_OPTION.*counter 'n' in one way; received 0 and 5/,
    );
    new OfGroups(group('a', 0), group('b', 0)).inject(model);
    model.dispose();
  });
});

describe('compute that evaluates', () => {
  const evaluating = (evaluates: boolean, displacements: (context: ComputeContext) => unknown) =>
    updateGroup({
      name: 'g',
      evaluates,
      compute: context => {
        context.evaluateAt(displacements(context) as never);
        return context.weights.map(({weight}) => ({weight}));
      },
    });

  it("must say so by 'evaluates'", () =>
    refusesStep(
      'INVALID_OPTION',
      ["'g'", "'evaluates: true'", 'received evaluates: false'],
      evaluating(false, ({weights}) => weights.map(({weight}) => tf.zerosLike(weight))),
    ));

  it('must give a tensor for each weight', async () => {
    const cases: [code: InjectErrorCode, says: string[], (context: ComputeContext) => unknown][] = [
      ['INVALID_OPTION', ['2 weights', 'undefined'], () => undefined],
      ['INVALID_OPTION', ['2 weights'], ({weights}) => [tf.zerosLike(weights[0]!.weight)]],
      ['INVALID_OPTION', ['displacement', '/kernel', 'received 1'], ({weights}) => weights.map(() => 1)],
      ['SHAPE_MISMATCH', ['[9]'], ({weights}) => weights.map(() => tf.zeros([9]))],
      ['SHAPE_MISMATCH', ['int32'], ({weights}) => weights.map(({weight}) => tf.cast(weight, 'int32'))],
    ];
    for (const [code, says, displacements] of cases)
      await refusesStep(code, says, evaluating(true, displacements));
  });
});

describe('A slot of its own shape', () => {
  it('must be told one', async () => {
    for (const [shape, says] of [
      [undefined, 'undefined'],
      [[Number.NaN], '[NaN]'],
      [[-1], '[-1]'],
      [3, '3'],
    ] as const)
      await refusesStep(
        'INVALID_OPTION',
        ['shape of a slot', says, '[2,1]'],
        wrongly({...descend, slots: {own: {shape: () => shape}}}),
      );
  });
});

describe('getGroupedUpdates', () => {
  it('must be there, and give groups', async () => {
    const model = compiled();
    for (const [groups, says] of [
      [undefined, 'undefined'],
      [() => [{...updateGroup({name: 'g', update: () => ({})}), update: 3}], 'update'],
    ] as const) {
      class Wrong extends OfGroups {}
      Wrong.prototype.getGroupedUpdates = groups as never;
      expect(() => new Wrong().inject(model))
        .to.throw(/INVALID_OPTION: getGroupedUpdates of/)
        .and.to.have.property('message')
        .that.contains(says);
    }
    for (const group of [undefined, {name: 'x', update: () => ({})}, []]) {
      class Wrong extends OfGroups {}
      Wrong.prototype.getGroupedUpdates = function* () {
        yield group;
      } as never;
      const generated = compiled();
      new Wrong().inject(generated);
      await refuses('INVALID_OPTION', ['must yield', 'group'], () => generated.trainOnBatch(x, y));
      generated.dispose();
    }
    model.dispose();
  });
});
