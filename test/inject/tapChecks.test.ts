import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  ClipByGlobalNorm,
  type Injection,
  InjectOptimizer,
  inject,
  type Operand,
  optimizerOf,
  option,
  SGD,
  type UpdateGroup,
  updateGroup,
  type WeightMap,
} from '../../src/index.js';
import {lineModel, weightOf, x, y} from '../support/line.js';
import {refuses} from '../support/refuses.js';

/** Gradients made of other ones. */
const mapped = (map: WeightMap, change: (gradient: tf.Tensor) => unknown) =>
  new Map([...map].map(([weight, gradient]) => [weight, change(gradient)])) as unknown as WeightMap;

const optimizers: Record<string, () => Injection> = {
  'a compiled optimizer': () => inject(lineModel(tf.train.sgd(0.1))),
  'one of ours': () => new SGD({learningRate: 0.1}).inject(lineModel()),
};

for (const [name, injected] of Object.entries(optimizers))
  describe(`A tap around ${name}`, () => {
    const wrong: Record<string, [code: string, says: string[], change: (map: WeightMap) => unknown]> = {
      'a Map by names': [
        'INVALID_OPTION',
        ['weights of the step', 'dense'],
        map => new Map([...map].map(([{key}, value]) => [key, value])),
      ],
      'a list': ['INVALID_OPTION', ['Map from Weight to tensor'], map => [...map.values()]],
      'a number for a tensor': ['INVALID_OPTION', ['a tensor for weight', '1'], map => mapped(map, () => 1)],
      'a tensor of another shape, which would be broadcast': [
        'SHAPE_MISMATCH',
        ['[1,1]', '[]'],
        map => mapped(map, () => tf.scalar(1)),
      ],
      'a tensor of another type': [
        'SHAPE_MISMATCH',
        ['float32', 'int32'],
        map => mapped(map, value => tf.cast(value, 'int32')),
      ],
      'a tensor that is no more': [
        'INVALID_OPTION',
        ['disposed'],
        map =>
          mapped(map, value => {
            const other = tf.clone(value);
            other.dispose();
            return other;
          }),
      ],
    };
    for (const [what, [code, says, change]] of Object.entries(wrong))
      for (const hook of ['gradients', 'evaluated'] as const)
        it(`that returns ${what} in ${hook} is refused by name, before anything is written`, async () => {
          const injection = injected();
          const model = injection.model!;
          const before = weightOf(model);
          if (hook === 'gradients') injection.hooks.gradients.tap('mine', map => change(map) as WeightMap);
          else
            injection.hooks.evaluated.tap('mine', ({loss, gradients}) => ({
              loss,
              gradients: change(gradients) as WeightMap,
            }));
          const {numTensors} = tf.memory();
          await refuses(code as never, [hook, "'mine'", ...says], () => model.trainOnBatch(x, y));
          expect([weightOf(model), injection.iterations]).to.deep.equal([before, 0]);
          expect(tf.memory().numTensors).to.equal(numTensors);
          model.dispose();
        });

    it('may give back what it was given, fewer weights, and nothing', async () => {
      const injection = injected();
      injection.hooks.gradients.tap('same', map => map);
      injection.hooks.gradients.tap('none', () => undefined);
      injection.hooks.evaluated.tap('half', ({loss, gradients}) => ({
        loss,
        gradients: new Map([...gradients]),
      }));
      injection.hooks.gradients.tap('no more', () => new Map());
      const before = weightOf(injection.model!);
      await injection.model!.trainOnBatch(x, y);
      expect([weightOf(injection.model!), injection.iterations]).to.deep.equal([before, 1]);
      injection.model!.dispose();
    });

    it('that gives no loss, or no reason to skip, is refused', async () => {
      const injection = injected();
      let given: unknown = {gradients: new Map()};
      injection.hooks.evaluated.tap('mine', () => given as never);
      await refuses('INVALID_OPTION', ['evaluated', 'loss', "'mine'"], () =>
        injection.model!.trainOnBatch(x, y),
      );
      given = undefined;
      injection.hooks.skip.tap('yours', () => true as never);
      await refuses('INVALID_OPTION', ['skip', 'rollback', "'yours'"], () =>
        injection.model!.trainOnBatch(x, y),
      );
      injection.model!.dispose();
    });
  });

describe('A tap', () => {
  it('must have a name, a function, and a stage that is a number', () => {
    const {hooks, model} = inject(lineModel());
    const tap = hooks.gradients.tap.bind(hooks.gradients) as (...args: unknown[]) => void;
    for (const stage of ['clip', undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => tap({name: 'mine', stage}, () => undefined)).to.throw(/INVALID_OPTION.*gradients.*stage/);
    expect(() => hooks.boundary.tapPromise({name: 'mine', stage: 'save' as never}, async () => {})).to.throw(
      /INVALID_OPTION.*stage/,
    );
    for (const name of ['', undefined, 3])
      expect(() => tap({name}, () => undefined)).to.throw(/INVALID_OPTION.*name/);
    expect(() => tap('mine', undefined)).to.throw(/INVALID_OPTION.*a function/);
    expect(hooks.gradients.isUsed()).to.equal(false);
    tap({name: 'mine'}, () => undefined);
    tap({name: 'mine', stage: -0.5}, () => undefined);
    expect(hooks.gradients.taps.map(({stage = 0}) => stage)).to.deep.equal([-0.5, 0]);
    model!.dispose();
  });
});

describe('What is no object', () => {
  it('is refused with how it is made', () => {
    const injection = inject(lineModel());
    expect(() => injection.use(ClipByGlobalNorm as never)).to.throw(/INVALID_OPTION.*new ClipByGlobalNorm/);
    injection.model!.dispose();
  });
});

describe('Groups and specs', () => {
  const descent = (name: string, slots: Record<string, 'zeros' | 'weight'> = {}) =>
    updateGroup({
      name,
      slots,
      update: ({weight, gradient}: Record<'weight' | 'gradient', Operand>) => ({
        weight: weight.sub(gradient),
      }),
    } as never) as unknown as UpdateGroup;

  class Given extends InjectOptimizer {
    static className = 'Given';
    constructor(private readonly groups: readonly UpdateGroup[]) {
      super();
    }
    getGroupedUpdates() {
      return this.groups as never;
    }
  }

  it('of a name twice, or of one slot with two starts, are refused', () => {
    const model = lineModel();
    for (const [groups, text] of [
      [[descent('one'), descent('one')], /INVALID_OPTION.*names of their own.*'one'/],
      [
        [descent('one', {v: 'zeros'}), descent('two', {v: 'weight'})],
        /INVALID_OPTION.*slot 'v'.*zeros.*weight/,
      ],
    ] as const)
      expect(() => new Given(groups).inject(model)).to.throw(text);
    const one = descent('one', {v: 'zeros'});
    expect(new Given([one, one]).inject(model).describe().phases).to.deep.equal(['one', 'one']);
    model.dispose();
  });

  it('with what a group is not made of are refused', () => {
    expect(() => updateGroup({name: 'one', slot: {v: 'zeros'}, update: () => ({})} as never)).to.throw(
      /UNKNOWN_OPTION.*slots.*'slot'/,
    );
  });

  it('of an optimizer must be made by option, and have a learning rate', () => {
    const Plain = optimizerOf('Plain', {learningRate: 0.1} as never) as unknown as new () => object;
    expect(() => new Plain()).to.throw(/INVALID_OPTION.*learningRate: option\.number\(1\); received 0\.1/);
    const Rateless = optimizerOf('Rateless', {
      beta: option.number(1),
    } as never) as unknown as new () => object;
    expect(() => new Rateless()).to.throw(/INVALID_OPTION.*learningRate: option\.rate/);
  });

  it('whose rule asks for what it has not, or gives what it must not, are told so', async () => {
    const rules: [
      update: (operands: Record<'weight' | 'gradient' | 'v', Operand>) => unknown,
      says: RegExp,
    ][] = [
      [({weight, v}) => ({weight: weight.sub(v)}), /weight, gradient, learningRate.*received undefined/],
      [({v}) => ({weight: v.mul(2)}), /operands that it has.*weight.*reading 'mul'/],
      [({weight}) => weight, /results by name.*one operand/],
      [() => undefined, /results by name.*undefined/],
      [
        ({weight, gradient}) => ({weight: tf.sub(weight as never, gradient as never)}),
        /weight\.sub\(gradient\).*compute/,
      ],
    ];
    for (const [update, says] of rules) {
      const model = lineModel();
      const group = updateGroup({name: 'mine', update: update as never});
      new Given([group as never]).inject(model);
      const error = await model.trainOnBatch(x, y).catch((thrown: Error) => thrown);
      expect((error as Error).message)
        .to.match(/^INVALID_OPTION: the rule of group 'mine'/)
        .and.match(says);
      model.dispose();
    }
  });
});
