import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  ClipByNorm,
  Injection,
  inject,
  optimizerOf,
  option,
  pluginOf,
  SGD,
  schedules,
  updateGroup,
} from '../../src/index.js';
import {lineModel, x, y} from '../support/line.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {refuses} from '../support/refuses.js';

const any = option.required<unknown>('given', value => value !== undefined);

class OwnPlugin extends pluginOf('OwnOptions', {own: any}) {
  override apply() {}
}

class OwnOptimizer extends optimizerOf('OwnOptionsToo', {learningRate: option.rate(0.1), own: any}) {
  override getGroupedUpdates() {
    return [
      updateGroup({
        name: 'descent',
        update: ({weight, gradient, learningRate}) => ({weight: weight.sub(gradient.mul(learningRate))}),
      }),
    ];
  }
}
for (const made of [OwnPlugin, OwnOptimizer]) tf.serialization.registerClass(made);

/** The option after `model.save` and `loadLayersModel`, through JSON. */
async function throughModel(own: unknown): Promise<unknown> {
  const optimizer = new OwnOptimizer({own});
  const model = lineModel(optimizer);
  let text = '';
  let weightData: unknown;
  const handler = tf.io.withSaveHandler(async saved => {
    ({weightData} = saved);
    text = JSON.stringify({...saved, weightData: undefined});
    return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved)};
  });
  try {
    await model.trainOnBatch(x, y);
    await model.save(handler, {includeOptimizer: true});
  } finally {
    model.dispose();
    optimizer.dispose();
  }
  const loaded = await loadLayersModel(tf.io.fromMemory({...JSON.parse(text), weightData}));
  const {options} = loaded.optimizer as OwnOptimizer;
  loaded.dispose();
  return options.own;
}

/** The option after a checkpoint is written, and made anew. */
async function throughCheckpoint(own: unknown): Promise<unknown> {
  const place = memoryPlace();
  const injection = inject(lineModel()).use(new OwnPlugin({own}));
  await injection.save(place);
  injection.model!.dispose();
  const loaded = await Injection.load(place);
  const {options} = loaded.plugins[0] as OwnPlugin;
  loaded.model!.dispose();
  return options.own;
}

const circle: Record<string, unknown> = {};
circle.around = [circle];
class Mine {
  value = 1;
}

describe("An option of one's own", () => {
  const plain = [3, 'text', null, false, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const nested = {first: [1, [2, {third: plain}]], last: {}};
  for (const [name, through] of Object.entries({
    'a saved model': throughModel,
    'a checkpoint': throughCheckpoint,
  }))
    it(`that is plain comes through ${name} as it was`, async () => {
      for (const value of [...plain, plain, nested, Object.assign(Object.create(null), {a: 1})])
        expect(await through(value)).to.deep.equal(value);
      expect(await through({a: undefined, b: 1})).to.deep.equal({b: 1});
      const [made] = (await through([schedules.cosine({initialValue: 1, decaySteps: 4})])) as [
        (t: number) => number,
      ];
      expect([made(0), made(4)]).to.deep.equal([1, 0]);
    });

  const others: Record<string, [value: unknown, is: string]> = {
    'a RegExp': [/x/, 'RegExp'],
    'a Date': [new Date(0), 'Date'],
    'a Map': [new Map([[1, 2]]), 'Map'],
    'a Set': [new Set([1]), 'Set'],
    'a typed array': [new Float32Array(2), 'Float32Array'],
    'an instance of a class': [new Mine(), 'Mine'],
    'an optimizer': [new SGD(), 'SGD'],
    'a BigInt': [10n, '10n'],
    'a symbol': [Symbol.for('own'), 'Symbol(own)'],
    'a function': [Math.sin, 'sin'],
    'a circle': [circle, '{around}'],
    'a list with a hole': [[1, undefined], 'undefined'],
  };
  for (const [what, [value, is]] of Object.entries(others))
    it(`that is ${what} is refused where a file is to hold it, however deep`, async () => {
      const says = ["plain value or one of 'schedules'", 'own of OwnOptions', is];
      for (const own of what === 'a list with a hole' ? [value] : [value, [value], {deep: [{value}]}]) {
        expect(() => new OwnPlugin({own}).getConfig()).to.throw(/INVALID_OPTION/);
        await refuses('INVALID_OPTION', says, () => throughModel(own));
        await refuses('CHECKPOINT_MISMATCH', says, () => throughCheckpoint(own));
      }
    });

  it('that its spec can save as a plain value comes back, in a plugin and in an optimizer', () => {
    const pattern = {
      ...option.required<RegExp>('a RegExp', value => value instanceof RegExp),
      saved: ({source, flags}: RegExp) => ({source, flags}),
      loaded: (saved: unknown) => {
        const {source, flags} = saved as RegExp;
        return new RegExp(source, flags);
      },
    };
    class Choosing extends pluginOf('Choosing', {pattern}) {
      override apply() {}
    }
    class ChoosingToo extends optimizerOf('ChoosingToo', {learningRate: option.rate(0.1), pattern}) {
      override getGroupedUpdates(): never {
        throw new Error('it is not asked for');
      }
    }
    for (const Class of [Choosing, ChoosingToo]) {
      const config = JSON.parse(JSON.stringify(new Class({pattern: /kernel$/i}).getConfig()));
      const again = Class.fromConfig(Class as never, config) as unknown as Choosing;
      expect(again.options.pattern).to.deep.equal(/kernel$/i);
    }
  });

  it('of the library that is no limit is saved as such', () => {
    const config = JSON.parse(
      JSON.stringify(new ClipByNorm({clipNorm: Number.POSITIVE_INFINITY}).getConfig()),
    );
    const {options} = ClipByNorm.fromConfig(ClipByNorm as never, config) as ClipByNorm;
    expect(options.clipNorm).to.equal(Number.POSITIVE_INFINITY);
  });

  it('are a class of its own getConfig to save, which replaces what is not plain', () => {
    class Named extends OwnPlugin {
      override getConfig() {
        const {own, ...config} = super.getConfig();
        return {...config, own: (own as unknown as RegExp).source};
      }
    }
    expect(new Named({own: /a/}).getConfig()).to.deep.equal({own: 'a'});
  });

  it('may be none by default, as null', () => {
    const orNull = {...option.number(1), fallback: null as never};
    class Bounded extends pluginOf('Bounded', {bound: orNull}) {
      override apply() {}
    }
    expect(new Bounded().options.bound).to.equal(null);
    expect(new Bounded({bound: 2}).options.bound).to.equal(2);
    expect(() => new Bounded({bound: null as never})).to.throw('INVALID_OPTION');
  });
});
