import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import fc from 'fast-check';
import {xxh32} from '../../src/checkpoint/xxh32.js';
import {
  Adam,
  EMA,
  ExtraGradient,
  InjectError,
  Injection,
  type InjectOptimizer,
  InjectPlugin,
  inject,
  Lookahead,
  Partitions,
  RMSprop,
  ScheduleFreeSGD,
  SGD,
  updateGroup,
  type WeightSelector,
} from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';
import {TemporaryFolder} from '../support/temporaryFolder.js';

const x = tf.randomNormal([8, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2);

function namedModel(units = 4): tfl.LayersModel {
  const model = tfl.sequential({
    name: 'named',
    layers: [
      tfl.layers.dense({name: 'first', units, inputShape: [3], activation: 'tanh'}),
      tfl.layers.dense({name: 'last', units: 1}),
    ],
  });
  model.compile({optimizer: new Adam({learningRate: 0.05}), loss: 'meanSquaredError'});
  return model;
}

async function trained(steps = 3): Promise<{model: tfl.LayersModel; injection: Injection}> {
  const model = namedModel();
  const injection = inject(model).use(new Lookahead({k: 2}));
  for (let i = 0; i < steps; i++) await model.trainOnBatch(x, y);
  return {model, injection};
}

type Made = InjectOptimizer | InjectPlugin;

/** Expects an InjectError, which leaves the number of tensors as it was. */
async function refusesAsync(body: () => Promise<unknown>, pattern: RegExp): Promise<void> {
  const {numTensors} = tf.memory();
  const error = await body().then(
    () => expect.fail('it was not refused'),
    (thrown: Error) => thrown,
  );
  expect(error).to.be.instanceOf(InjectError);
  expect(error.message).to.match(pattern);
  expect(tf.memory().numTensors).to.equal(numTensors);
}

const bitsOf = (injection: Injection) =>
  injection.allWeights.map(({variable}) => [...new Uint32Array(variable.dataSync().slice().buffer)]);

/** Makes call number `place` of the file system fail, without doing anything. */
function failAt(place: number, error: Error): {calls: () => number; putBack: () => void} {
  type Method = (...args: unknown[]) => Promise<unknown>;
  const files = process.getBuiltinModule('node:fs/promises') as unknown as Record<string, Method>;
  const names = ['mkdir', 'open', 'rename', 'readdir', 'rm'];
  const natives = names.map(name => files[name]!);
  let calls = 0;
  const counted =
    (method: Method): Method =>
    async (...args) => {
      if (++calls === place) throw error;
      return method(...args);
    };
  names.forEach((name, i) => {
    const native = natives[i]!;
    files[name] = counted(async (...args) => {
      const result = await native(...args);
      if (name !== 'open') return result;
      const handle = result as Record<string, Method>;
      for (const own of ['writeFile', 'sync', 'close']) {
        const method = handle[own]!.bind(handle);
        // What is open is closed, or Node complains.
        handle[own] =
          own === 'close'
            ? async (...all) => counted(async () => {})().finally(() => method(...all))
            : counted(method);
      }
      return handle;
    });
  });
  return {
    calls: () => calls,
    putBack: () => {
      names.forEach((name, i) => {
        files[name] = natives[i]!;
      });
    },
  };
}

describe('xxh32', () => {
  // Of the reference implementation, by the Python package xxhash 3.5.
  const known: [string, number, number][] = [
    ['', 0, 0x02cc5d05],
    ['a', 0, 0x550d7456],
    ['abc', 0, 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
  ];
  for (const [text, seed, wanted] of known) {
    it(`is that of the reference: ${JSON.stringify(text)}`, () => {
      expect(xxh32(new TextEncoder().encode(text), seed)).to.equal(wanted);
    });
  }

  it('is another one when any one byte is another', () => {
    const bytes = Uint8Array.from({length: 75}, (_, i) => (i * 37) % 256);
    const whole = xxh32(bytes);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 1 << (i % 8);
      expect(xxh32(damaged)).not.to.equal(whole);
    }
  });
});

describe('A checkpoint in a folder', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('is what tf.loadLayersModel and Injection.load read, and is replaced by the next', async () => {
    const {model, injection} = await trained();
    const path = join(folder.path, 'run');
    await injection.save(`file://${path}`);
    await model.trainOnBatch(x, y);
    await injection.save(`file://${path}`);
    expect(readdirSync(path)).to.have.length(2);
    for (const url of [path, join(path, 'model.json')]) {
      const loaded = await Injection.load(`file://${url}`);
      expect(loaded.iterations).to.equal(4);
      expect(bitsOf(loaded)).to.deep.equal(bitsOf(injection));
      loaded.model!.optimizer.dispose();
      loaded.model!.dispose();
    }
    if (tf.getBackend() === 'tensorflow') {
      const plain = await tfl.loadLayersModel(`file://${join(path, 'model.json')}`);
      const [actual, wanted] = [plain.getWeights(), injection.allWeights];
      expect(actual.map(each => [...each.dataSync()])).to.deep.equal(
        wanted.map(({variable}) => [...variable.dataSync()]),
      );
      expect(plain.optimizer).to.equal(undefined);
      plain.dispose();
    }
  });

  it('is loaded by tf.loadLayersModel from memory, with the training weights and no optimizer', async () => {
    const {injection} = await trained();
    const place = memoryPlace();
    await injection.save(place);
    const plain = await tfl.loadLayersModel(tf.io.fromMemory(place.artifacts!));
    expect(plain.getWeights().map(each => [...each.dataSync()])).to.deep.equal(
      injection.allWeights.map(({variable}) => [...variable.dataSync()]),
    );
  });

  it('is the former or the new one, whole, where any call of a save fails', async () => {
    const {model, injection} = await trained();
    const path = join(folder.path, 'run');
    await injection.save(`file://${path}`);
    const former = bitsOf(injection);
    await model.trainOnBatch(x, y);
    const latter = bitsOf(injection);
    const full = new Error('ENOSPC: no space left on device');
    const outcomes: string[] = [];
    for (let place = 1; ; place++) {
      const {calls, putBack} = failAt(place, full);
      const error = await injection.save(`file://${path}`).then(
        () => undefined,
        thrown => thrown,
      );
      putBack();
      if (calls() < place) break;
      const loaded = await Injection.load(`file://${path}`);
      const bits = JSON.stringify(bitsOf(loaded));
      outcomes.push(bits === JSON.stringify(former) ? 'former' : 'latter');
      if (outcomes.at(-1) === 'latter') expect(bits).to.equal(JSON.stringify(latter));
      // A folder that cannot be flushed is one of a system that has no such call.
      if (error) expect(error).to.equal(full);
      loaded.model!.optimizer.dispose();
      loaded.model!.dispose();
    }
    // mkdir; open, write, sync, close of two files; rename; then the former's tensors go.
    expect(outcomes.slice(0, 10)).to.deep.equal(Array(10).fill('former'));
    expect(outcomes.slice(10)).to.include('latter').and.not.include('former');
    expect(readdirSync(path)).to.have.length(2);
  });

  it('refuses tensors outside its folder, a text that is no JSON, and a place that is none', async () => {
    const {injection} = await trained();
    const path = join(folder.path, 'run');
    await injection.save(`file://${path}`);
    const file = join(path, 'model.json');
    const text = readFileSync(file, 'utf8');
    const hostile = JSON.parse(text);
    hostile.weightsManifest[0].paths = ['../../secret'];
    writeFileSync(file, JSON.stringify(hostile));
    await refusesAsync(
      () => Injection.load(`file://${path}`),
      /CHECKPOINT_DAMAGED: .*in files of its own folder; received \.\.\/\.\.\/secret/,
    );
    for (const torn of [text.slice(0, 500), '[]', 'null', '{}']) {
      writeFileSync(file, torn);
      await refusesAsync(() => injection.restore(`file://${path}`), /CHECKPOINT_DAMAGED: .*model\.json must/);
    }
    await refusesAsync(() => injection.save('nowhere://x'), /INVALID_OPTION: a URL must be of a scheme/);
    await refusesAsync(
      () => injection.save({} as tf.io.IOHandler),
      /INVALID_OPTION: save needs a URL or a handler that can save/,
    );
    await refusesAsync(
      () => injection.restore(memoryPlace(), {all: true} as object),
      /UNKNOWN_OPTION: the options of restore are partial; received 'all'/,
    );
  });

  it('is told by name where it is not there, or a file of it is not', async () => {
    const {injection} = await trained();
    const [path, nowhere] = ['run', 'nowhere'].map(name => join(folder.path, name)) as [string, string];
    await injection.save(`file://${path}`);
    for (const url of [
      `file://${nowhere}`,
      `file://${nowhere}/model.json`,
      `file://${path}/model.json/nowhere`,
    ]) {
      const told = /CHECKPOINT_MISSING: there must be a checkpoint; received .*nowhere.*, which is not there/;
      await refusesAsync(() => injection.restore(url), told);
      await refusesAsync(() => Injection.load(url), told);
    }
    const tensors = readdirSync(path).find(name => name.endsWith('.bin'))!;
    rmSync(join(path, tensors));
    await refusesAsync(
      () => injection.restore(`file://${path}`),
      new RegExp(`CHECKPOINT_DAMAGED: .*its file ${tensors} is not there`),
    );
  });

  it('makes no folder for what it refuses', async () => {
    const {injection} = await trained();
    injection.eject();
    const path = join(folder.path, 'run');
    await refusesAsync(() => injection.save(`file://${path}`), /NOT_INJECTED/);
    expect(existsSync(path)).to.equal(false);
  });
});

describe('A checkpoint of other training', () => {
  it('is refused with a list of all that differs, and nothing has changed', async () => {
    const {injection} = await trained();
    const place = memoryPlace();
    await injection.save(place);
    const other = namedModel(5);
    const otherInjection = inject(other, {seed: 3}).use(new EMA());
    new SGD({learningRate: 0.1}).inject(other);
    await other.trainOnBatch(x, y);
    const before = bitsOf(otherInjection);
    const {numTensors} = tf.memory();
    const error = await otherInjection.restore(place).then(
      () => expect.fail('it was taken'),
      (thrown: InjectError) => thrown,
    );
    expect(error.code).to.equal('CHECKPOINT_MISMATCH');
    for (const line of [
      'weights/first/kernel has shape [3,4], where [3,5] is needed',
      'optimizer is of tfjs-inject/Adam, where tfjs-inject/SGD is needed',
      'plugins/EMA is missing',
      'plugins/Lookahead is extra',
      'seed is none, where 3 is needed',
    ])
      expect(error.message).to.include(line);
    expect(bitsOf(otherInjection)).to.deep.equal(before);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('gives what fits, if it is asked to', async () => {
    const {injection} = await trained();
    const place = memoryPlace();
    await injection.save(place);
    const other = namedModel(5);
    const otherInjection = inject(other).use(new Lookahead({k: 2}));
    const before = bitsOf(otherInjection);
    const mismatches = await otherInjection.restore(place, {partial: true});
    expect([...mismatches.keys()]).to.include.members([
      'weights/first/kernel',
      'optimizer/slots/m/first/kernel',
    ]);
    expect(mismatches.has('weights/last/bias')).to.equal(false);
    const after = bitsOf(otherInjection);
    expect(after[0]).to.deep.equal(before[0]);
    expect(after.at(-1)).to.deep.equal(bitsOf(injection).at(-1));
    expect(otherInjection.iterations).to.equal(3);
    await other.trainOnBatch(x, y);
    expect(otherInjection.iterations).to.equal(4);
  });

  const bases = () => new SGD({learningRate: 0.1});
  const parted = (weights: RegExp) => () =>
    new Partitions({
      optimizer: new Adam(),
      partitions: [{weights, optimizer: new SGD({momentum: 0.9})}],
    });
  const kinds: [what: string, () => Made, () => Made, line: string][] = [
    ['Adam', () => new Adam(), () => new Adam({amsgrad: true}), 'optimizer/slots/vMax is missing'],
    ['SGD', bases, () => new SGD({momentum: 0.9}), 'optimizer/slots/velocity is missing'],
    ['RMSprop', () => new RMSprop(), () => new RMSprop({centered: true}), 'optimizer/slots/mean is missing'],
    [
      'ExtraGradient',
      () => new ExtraGradient(),
      () => new ExtraGradient({base: 'adam'}),
      'optimizer/slots/m is missing',
    ],
    ['Partitions', parted(/bias/), parted(/kernel/), 'optimizer/slots/m/first/kernel is extra'],
    [
      'ScheduleFreeSGD in Partitions',
      () => new Partitions({optimizer: new ScheduleFreeSGD(), partitions: [{weights: /bias/}]}),
      () =>
        new Partitions({
          optimizer: new ScheduleFreeSGD(),
          partitions: [{weights: /bias/}, {weights: /first/}],
        }),
      'weightSum is missing',
    ],
    [
      'EMA',
      () => new EMA(),
      () => new EMA({biasCorrection: true}),
      'plugins/EMA is with the options {"biasCorrection":false}, where {"biasCorrection":true} is needed',
    ],
    ['EMA, the other way', () => new EMA({biasCorrection: true}), () => new EMA(), 'plugins/EMA is with'],
    [
      'Lookahead',
      () => new Lookahead(),
      () => new Lookahead({pullback: 'pullback', pullbackSlots: ['m']}),
      'plugins/Lookahead is with',
    ],
  ];
  for (const [what, make, makeOther, line] of kinds) {
    it(`is refused where options make other slots: ${what}`, async () => {
      const program = async (made: Made) => {
        const model = namedModel();
        if (made instanceof InjectPlugin) inject(model).use(made);
        else made.inject(model);
        const injection = inject(model);
        for (let i = 0; i < 2; i++) await model.trainOnBatch(x, y);
        return {model, injection};
      };
      const place = memoryPlace();
      await (await program(make())).injection.save(place);
      // Other numbers of the same slots are no other training.
      await (await program(make())).injection.restore(place);
      const {model, injection} = await program(makeOther());
      const before = bitsOf(injection);
      const error = await injection.restore(place).then(
        () => expect.fail('it was taken'),
        (thrown: InjectError) => thrown,
      );
      expect(error.code).to.equal('CHECKPOINT_MISMATCH');
      expect(error.message).to.include(line);
      expect(bitsOf(injection)).to.deep.equal(before);
      expect([...(await injection.restore(place, {partial: true})).keys()]).not.to.deep.equal([]);
      await model.trainOnBatch(x, y);
    });
  }

  it('knows partitions by their slots, and counters by their partition: none is dropped without a word', async () => {
    const program = async (weights: WeightSelector, optimizer = new Adam() as InjectOptimizer) => {
      const model = namedModel();
      const injection = new Partitions({optimizer, partitions: [{weights, learningRateFactor: 0.5}]}).inject(
        model,
      );
      await model.trainOnBatch(x, y);
      return injection;
    };
    const place = memoryPlace();
    await (await program(/kernel/)).save(place);
    await (await program(['first/kernel', 'last/kernel'])).restore(place);

    const averaging = () => new ScheduleFreeSGD();
    await (await program(/kernel/, averaging())).save(place);
    const now = await program(/kernel/, averaging());
    const {tensors, data} = now.state(true);
    // As they were named before, when a file did not say which there are.
    const before = JSON.parse(JSON.stringify(data).replaceAll('partition(/kernel/)', 'partition1'));
    delete before.optimizer.own.names;
    const found = now.mismatchesOf({tensors, data: before});
    tf.dispose([...tensors.values()]);
    expect(found.get('optimizer/slots/partition1.weightSum')).to.equal('is extra');
  });

  it('holds the slots and counters of groups that a plugin adds, which a saved model has not', async () => {
    const drift = updateGroup({
      name: 'drift',
      slots: {sum: 'zeros'},
      counters: {times: 0},
      scalars: ({counters}) => ({times: counters.times + 1}),
      update: ({weight, sum, times}) => ({
        weight: weight.sub(sum.mul(0.01)).sub(times.mul(0.001)),
        sum: sum.add(weight),
      }),
    });
    const program = () => {
      const model = namedModel();
      const injection = inject(model);
      injection.use({
        name: 'drift',
        apply: ({hooks}) => hooks.groups.tap('drift', groups => [...groups, drift]),
      });
      return {model, injection};
    };
    const {model, injection} = program();
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    const place = memoryPlace();
    await injection.save(place);
    const again = program();
    await again.injection.restore(place);
    for (const each of [model, again.model]) await each.trainOnBatch(x, y);
    expect(bitsOf(again.injection)).to.deep.equal(bitsOf(injection));

    let saved: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler(async artifacts => {
      saved = artifacts;
      return {modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)};
    });
    await model.save(handler, {includeOptimizer: true});
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved!));
    await loaded.trainOnBatch(x, y);
  });

  it('is loaded only where everything can be made anew', async () => {
    const model = namedModel();
    const injection = inject(model).use({name: 'own', apply() {}});
    const place = memoryPlace();
    await injection.save(place);
    await refusesAsync(
      () => Injection.load(place),
      /CHECKPOINT_MISMATCH: load must make everything anew, and cannot make a plugin \(own is of no registered class\)/,
    );
    await injection.restore(place);
    const scheduled = namedModel();
    const free = inject(scheduled);
    new SGD({learningRate: t => 0.1 / (1 + t)}).inject(scheduled);
    await free.save(place);
    await refusesAsync(() => Injection.load(place), /cannot make the training \(INVALID_OPTION/);
    await free.restore(place);
  });

  it('is not loaded where a loss or a metric is a function of the program, and restored all the same', async () => {
    const loss = (wanted: tf.Tensor, given: tf.Tensor) => tf.losses.meanSquaredError(wanted, given);
    const metric = (wanted: tf.Tensor, given: tf.Tensor) => tf.max(tf.abs(tf.sub(wanted, given)));
    const compiledBy: Record<string, [Omit<tfl.ModelCompileArgs, 'optimizer'>, RegExp]> = {
      'a loss': [{loss}, /cannot make the loss \(it is a function of the program\)/],
      'losses in a list': [{loss: [loss]}, /cannot make the training \(Serialization of non-string loss/],
      'losses by name': [{loss: {last: loss}}, /cannot make the training \(Serialization of non-string loss/],
      'a metric': [
        {loss: 'meanSquaredError', metrics: [metric]},
        /cannot make the training \(Unknown metric metric/,
      ],
    };
    for (const [args, pattern] of Object.values(compiledBy)) {
      const model = namedModel();
      model.compile({optimizer: new Adam({learningRate: 0.05}), ...args});
      const injection = inject(model);
      await model.trainOnBatch(x, y);
      const place = memoryPlace();
      await injection.save(place);
      const saved = bitsOf(injection);
      await refusesAsync(
        () => Injection.load(place),
        new RegExp(`CHECKPOINT_MISMATCH: load must make everything anew, and ${pattern.source}`),
      );
      await model.trainOnBatch(x, y);
      await injection.restore(place);
      expect(bitsOf(injection)).to.deep.equal(saved);
      injection.eject();
      model.dispose();
    }
  });
});

describe('A checkpoint of a hand-written loop', () => {
  it('goes on, bit for bit, before the first step of a new loop', async () => {
    const loop = () => {
      const variable = tf.variable(tf.tensor1d([1, -2, 3]), true, 'loopWeight');
      const optimizer = new Adam({learningRate: 0.1});
      const injection = inject(optimizer).use(new Lookahead({k: 2}));
      const step = () =>
        void optimizer.minimize(() => tf.sum(tf.square(variable)) as tf.Scalar, false, [variable]);
      return {
        variable,
        injection,
        step,
        end: () => {
          injection.eject();
          optimizer.dispose();
          variable.dispose();
        },
      };
    };
    const first = loop();
    for (let i = 0; i < 3; i++) first.step();
    const place = memoryPlace();
    await first.injection.save(place);
    for (let i = 0; i < 4; i++) first.step();
    const wanted = [...first.variable.dataSync()];
    first.end();
    const second = loop();
    await second.injection.restore(place);
    expect(second.injection.iterations).to.equal(3);
    for (let i = 0; i < 4; i++) second.step();
    expect([...second.variable.dataSync()]).to.deep.equal(wanted);
    await refusesAsync(
      () => Injection.load(place),
      /CHECKPOINT_MISMATCH: load needs a checkpoint of a model/,
    );
    second.end();
  });
});

describe('A damaged or hostile checkpoint', () => {
  it('is an error with a code, or is whole: never another result', async () => {
    const {injection} = await trained();
    const place = memoryPlace();
    await injection.save(place);
    const whole = place.artifacts!;
    const bytes = new Uint8Array(whole.weightData as ArrayBuffer);
    const {weightData: _, ...rest} = whole;
    const text = JSON.stringify(rest);
    const before = bitsOf(injection);
    const flips = fc.array(fc.tuple(fc.nat(text.length + bytes.length - 1), fc.nat(7)), {
      minLength: 1,
      maxLength: 4,
    });
    const property = async (list: [number, number][]) => {
      const json = Buffer.from(text);
      const data = bytes.slice();
      for (const [at, bit] of list) {
        if (at < json.length) json[at]! ^= 1 << bit;
        else data[at - json.length]! ^= 1 << bit;
      }
      let artifacts: tf.io.ModelArtifacts;
      try {
        artifacts = {...JSON.parse(json.toString()), weightData: data.buffer};
      } catch {
        return;
      }
      const {numTensors} = tf.memory();
      try {
        await injection.restore({load: async () => artifacts});
      } catch (error) {
        expect(error).to.be.instanceOf(InjectError);
        expect((error as InjectError).code).to.match(/^CHECKPOINT_/);
      }
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(bitsOf(injection)).to.deep.equal(before);
    };
    await fc.assert(fc.asyncProperty(flips, property), {seed: 3, numRuns: 300});
  });
});
