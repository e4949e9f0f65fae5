import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import {checksumOf, metadataKey} from '../../src/checkpoint/artifacts.js';
import * as library from '../../src/index.js';
import {memoryPlace} from '../support/memoryPlace.js';

const {Adam, EMA, InjectError, InjectOptimizer, InjectPlugin, inject, Lookahead} = library;

type Made = InstanceType<typeof InjectOptimizer> | InstanceType<typeof InjectPlugin>;
type Class = new (options: unknown) => Made;

/** All classes of the library that are made with options. */
const classes = (Object.values(library) as unknown[]).filter(each => {
  const {prototype} = each as {prototype?: unknown};
  return prototype instanceof InjectOptimizer || prototype instanceof InjectPlugin;
}) as Class[];

/** What every input must come to: nothing, or an error with a code; with what there was before. */
export interface Outcome {
  readonly kind: string;
  readonly isRefused: boolean;
}

const values = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 1e-8, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, -0),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.constantFrom<unknown>(
    null,
    undefined,
    Symbol('x'),
    10n,
    () => 0.1,
    () => Number.NaN,
    [],
    {},
    [0.1],
    /x/,
  ),
  fc.dictionary(fc.string(), fc.anything(), {maxKeys: 2}),
);

const names = [
  'learningRate momentum nesterov beta1 beta2 epsilon weightDecay k alpha rho decay clipNorm clipValue weights url',
  'steps size schedule monitor mode patience tableau pullback pullbackSlots optimizer partitions __proto__ constructor',
]
  .join(' ')
  .split(' ');
const someOptions = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), values, {maxKeys: 3}),
  },
  {weight: 1, arbitrary: values},
);

/** The prototypes that data could reach, as they are. */
const untouched = () =>
  [Object.prototype, Array.prototype, Function.prototype].map(each => Reflect.ownKeys(each).length).join();
const clean = untouched();

function requireClean(): void {
  if (untouched() !== clean) throw new Error('a prototype was changed');
}

/** Runs one input; whatever is no error with a code goes on. */
async function outcomeOf(kind: string, body: () => unknown): Promise<Outcome> {
  const {numTensors} = tf.memory();
  let isRefused = false;
  try {
    await body();
  } catch (error) {
    if (!(error instanceof InjectError)) throw error;
    isRefused = true;
  }
  requireClean();
  const left = tf.memory().numTensors - numTensors;
  // What tfjs itself leaves where a graph cannot be run is compared there.
  if (left !== 0 && kind !== 'topologies') throw new Error(`${kind} left ${left} tensors`);
  return {kind, isRefused};
}

/** Options of any class: refused, or made, saved and made again. */
const options = fc.record({Class: fc.constantFrom(...classes), given: someOptions}).map(({Class, given}) => ({
  kind: 'options',
  run: () => {
    const made = new Class(given);
    made.getConfig();
  },
}));

const small = () => {
  const model = tfl.sequential({
    name: 'fuzzed',
    layers: [
      tfl.layers.dense({name: 'a', units: 3, inputShape: [2], activation: 'tanh'}),
      tfl.layers.dense({name: 'b', units: 1}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
};

/** Lists of plugins and an optimizer, with whatever options these take: refused, or two finite steps. */
const stacks = fc
  .record({
    optimizer: fc.constantFrom(...classes.filter(each => each.prototype instanceof InjectOptimizer)),
    plugins: fc.array(
      fc.record({
        Class: fc.constantFrom(...classes.filter(each => each.prototype instanceof InjectPlugin)),
        given: someOptions,
      }),
      {maxLength: 4},
    ),
    given: fc.oneof(fc.constant({}), someOptions),
  })
  .map(({optimizer, plugins, given}) => ({
    kind: 'plugin lists',
    run: async () => {
      const model = small();
      const [x, y] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 0], [2, 1])];
      try {
        const seat = new optimizer(given) as InstanceType<typeof InjectOptimizer>;
        const injection = seat.inject(model);
        for (const {Class, given: each} of plugins)
          injection.use(new Class(each) as InstanceType<typeof InjectPlugin>);
        for (let i = 0; i < 2; i++) await model.trainOnBatch(x, y);
      } finally {
        inject(model).eject();
        model.dispose();
        tf.dispose([x, y]);
      }
    },
  }));

/** A layer by number; all of them keep a vector a vector. */
const layersByNumber: ((units: number, seed: number) => tfl.layers.Layer)[] = [
  units => tfl.layers.dense({units}),
  units => tfl.layers.dense({units, useBias: false, activation: 'relu'}),
  () => tfl.layers.batchNormalization({}),
  (_, seed) => tfl.layers.dropout({rate: 0.5, seed}),
  () => tfl.layers.activation({activation: 'sigmoid'}),
  () => tfl.layers.layerNormalization({}),
];

/** Graphs of layers, some shared, some frozen, some with no weight at all: an injection without plugins changes no bit. */
const topologies = fc
  .record({
    picks: fc.array(fc.tuple(fc.nat(layersByNumber.length - 1), fc.integer({min: 1, max: 4}), fc.boolean()), {
      minLength: 1,
      maxLength: 5,
    }),
    isJoined: fc.boolean(),
    isTwice: fc.boolean(),
    rows: fc.integer({min: 1, max: 5}),
  })
  .map(({picks, isJoined, isTwice, rows}) => ({
    kind: 'topologies',
    run: async () => {
      const ends: string[] = [];
      const left: number[] = [];
      for (const isInjected of [false, true]) {
        const {numTensors} = tf.memory();
        const input = tfl.input({shape: [3]});
        const made = picks.map(([number, units, isFrozen], i) => {
          const layer = layersByNumber[number]!(units, i);
          if (isFrozen) layer.trainable = false;
          return layer;
        });
        const through = (start: tfl.SymbolicTensor) =>
          made.reduce((tensor, layer) => layer.apply(tensor) as tfl.SymbolicTensor, start);
        const once = through(input);
        const output = isJoined
          ? (tfl.layers.concatenate().apply([once, input]) as tfl.SymbolicTensor)
          : once;
        const model = tfl.model({inputs: input, outputs: isTwice ? [output, once] : output});
        tf.tidy(() =>
          model.setWeights(
            model.weights.map((weight, i) =>
              tf.randomUniform(weight.shape as number[], 0.1, 1, 'float32', i + 1),
            ),
          ),
        );
        model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'});
        const shapes = model.outputs.map(({shape}) => [rows, ...(shape.slice(1) as number[])]);
        const x = tf.randomNormal([rows, 3], 0, 1, 'float32', 5);
        const ys = shapes.map(shape => tf.ones(shape));
        const injection = isInjected ? inject(model) : undefined;
        let error: unknown;
        try {
          for (let i = 0; i < 2; i++) await model.trainOnBatch(x, ys);
        } catch (thrown) {
          error = thrown;
        }
        const bits = model.getWeights().map(weight => [...weight.dataSync()].join());
        // A step that throws is taken back, which without an injection it is not.
        ends.push(error ? (error as Error).message : bits.join(';'));
        injection?.eject();
        // The slots of tf.train.* outlive the model.
        model.optimizer.dispose();
        model.dispose();
        tf.dispose([x, ys]);
        left.push(tf.memory().numTensors - numTensors);
      }
      if (left[1]! > left[0]!)
        throw new Error(`an injection leaves ${left[1]} tensors where tfjs leaves ${left[0]}`);
      if (ends[0] !== ends[1]) throw new Error(`an injection made a difference: ${ends.join('\n')}`);
    },
  }));

interface Target {
  readonly injection: library.Injection;
  readonly artifacts: tf.io.ModelArtifacts;
  readonly bits: string;
}

let target: Target | undefined;

async function targetOfDamage(): Promise<Target> {
  if (target) return target;
  const model = small();
  new Adam({learningRate: 0.1}).inject(model);
  const injection = inject(model, {})
    .use(new Lookahead({k: 2}))
    .use(new EMA());
  const [x, y] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 0], [2, 1])];
  for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  const place = memoryPlace();
  await injection.save(place);
  // Once read from there, its slots lie where they will lie from now on.
  await injection.restore(place);
  target = {injection, artifacts: place.artifacts!, bits: bitsOf(injection)};
  return target;
}

const bitsOf = ({allWeights}: library.Injection) =>
  allWeights.map(({variable}) => variable.dataSync().join()).join(';');

/** @param isSigned whether the checksum agrees: then what is taken may be another state, which is put back. */
async function restoreFrom(artifacts: tf.io.ModelArtifacts, isSigned: boolean): Promise<void> {
  const {injection, bits, artifacts: whole} = target!;
  let error: unknown;
  try {
    await injection.restore({load: async () => artifacts});
  } catch (thrown) {
    error = thrown;
  }
  const isSame = bitsOf(injection) === bits;
  if (error && !isSame) throw new Error('a refused checkpoint has changed a weight', {cause: error});
  if (!isSigned && !isSame) throw new Error('a damaged checkpoint was taken for a whole one');
  if (!error && isSigned) await injection.restore({load: async () => structuredClone(whole)});
  if (error) throw error;
}

/** Bits that flip and bytes that are cut off: refused, or of no account. */
const damage = fc
  .record({
    flips: fc.array(fc.tuple(fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}), fc.nat(7)), {
      minLength: 1,
      maxLength: 4,
    }),
    cut: fc.option(fc.double({min: 0, max: 1, noNaN: true})),
    isText: fc.boolean(),
  })
  .map(({flips, cut, isText}) => ({
    kind: 'damaged checkpoints',
    run: async () => {
      const {weightData, ...rest} = (await targetOfDamage()).artifacts;
      const text = Buffer.from(JSON.stringify(rest));
      const bytes = new Uint8Array((weightData as ArrayBuffer).slice(0));
      const of = isText ? text : bytes;
      for (const [at, bit] of flips) of[Math.floor(at * of.length)]! ^= 1 << bit;
      const kept = cut === null ? of.length : Math.floor(cut * of.length);
      let parsed: object;
      try {
        parsed = JSON.parse(text.subarray(0, isText ? kept : text.length).toString());
      } catch {
        throw new InjectError('CHECKPOINT_DAMAGED', 'no JSON');
      }
      const data = isText ? bytes : bytes.slice(0, kept);
      await restoreFrom({...parsed, weightData: data.buffer} as tf.io.ModelArtifacts, false);
    },
  }));

const hostileValues = fc.oneof(
  fc.constantFrom<unknown>(null, -1, 1e308, 'x', [], {}, true, [[]], {number: 'NaN'}, 2 ** 53, 1.5),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__": {"isPolluted": true}}'), {constructor: {prototype: {}}}),
  fc.jsonValue(),
);

/** Data of another kind than what was saved, with a checksum that agrees: refused, or a state that trains on. */
const hostility = fc
  .record({
    place: fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
    value: hostileValues,
    inSpecs: fc.boolean(),
  })
  .map(({place, value, inSpecs}) => ({
    kind: 'hostile checkpoints',
    run: async () => {
      const whole = (await targetOfDamage()).artifacts;
      const {weightData, ...rest} = structuredClone(whole);
      const own = rest.userDefinedMetadata![metadataKey] as {checksum?: string};
      const root: object = inSpecs ? rest.weightSpecs! : own;
      const places: [object, string][] = [];
      const visit = (at: object) => {
        for (const [key, each] of Object.entries(at)) {
          places.push([at, key]);
          if (typeof each === 'object' && each !== null) visit(each);
        }
      };
      visit(root);
      const [holder, key] = places[Math.floor(place * places.length)]!;
      (holder as Record<string, unknown>)[key] = value;
      const {checksum: _, ...signed} = own;
      try {
        own.checksum = checksumOf(
          new Uint8Array(weightData as ArrayBuffer),
          rest.weightSpecs!,
          rest.modelTopology as object,
          signed,
        );
      } catch {
        // Specs of which no checksum can be made are refused before it is looked at.
      }
      await restoreFrom({...rest, weightData} as tf.io.ModelArtifacts, true);
    },
  }));

const shares = [
  {weight: 12, arbitrary: options},
  {weight: 1, arbitrary: stacks},
  {weight: 1, arbitrary: topologies},
  {weight: 4, arbitrary: damage},
  {weight: 4, arbitrary: hostility},
] as const;

/** Runs so many inputs, and counts them by kind. */
export async function fuzz(
  inputs: number,
  seed: number,
  tell: (done: number) => void = () => {},
): Promise<Record<string, {tried: number; refused: number}>> {
  const counts: Record<string, {tried: number; refused: number}> = {};
  let done = 0;
  await targetOfDamage();
  const input = fc.oneof(...shares);
  await fc.assert(
    fc.asyncProperty(input, async ({kind, run}) => {
      const {isRefused} = await outcomeOf(kind, run);
      counts[kind] ??= {tried: 0, refused: 0};
      counts[kind].tried++;
      if (isRefused) counts[kind].refused++;
      if (++done % 1000 === 0) tell(done);
    }),
    {numRuns: inputs, seed, endOnFailure: true},
  );
  return counts;
}
