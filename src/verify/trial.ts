import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {hold} from '../inject/hold.js';
import {rememberTaps} from '../inject/hooks.js';
import type {Injection} from '../inject/injection.js';
import {allLayers, type ModelInsides, variableOf} from '../inject/layersModel.js';
import {disposeSaved, type Saved} from '../inject/saved.js';
import {fusion} from '../rules/fused.js';
import {checkOrder} from './checkOrder.js';
import type {Check} from './report.js';

/** Backends on which a kernel gives the bits of the operations that it stands for. */
const exactBackends = ['cpu', 'wasm', 'tensorflow'];
const tolerance = 2e-6;

type Values = ReadonlyMap<string, tf.TypedArray>;

/** Steps that are taken back, on one batch. */
export class Trial {
  constructor(
    private readonly injection: Injection,
    private readonly train: () => Promise<unknown>,
  ) {}

  /** What training has made, as texts to be compared; the plain data as one of them. */
  async fingerprint(): Promise<Map<string, string>> {
    const state = this.injection.state();
    const values = await read(state);
    const texts = [...values].map(([name, each]) => [name, each.join()] as const);
    return new Map([...texts, ['counters', JSON.stringify(state.data)]]);
  }

  async kernels(): Promise<Check> {
    const name = 'the kernels';
    const byKernels = await this.afterStep();
    fusion.isOn = false;
    let byOperations: Values;
    try {
      byOperations = await this.afterStep();
    } finally {
      fusion.isOn = true;
    }
    const isExact = exactBackends.includes(tf.getBackend());
    const [worst, at] = difference(byKernels, byOperations);
    const isOk = isExact ? worst === 0 : worst <= tolerance;
    if (!isOk && difference(byKernels, await this.afterStep())[0] > 0)
      return {
        name,
        isOk: undefined,
        detail: 'the same step differs each time, by kernels too: see determinism',
      };
    const wanted = isExact
      ? 'every bit is that of the operations'
      : `${worst.toExponential(1)} from the operations`;
    return {
      name,
      isOk,
      detail: isOk ? `${wanted}, on ${tf.getBackend()}` : `${at} is ${worst} from the operations`,
    };
  }

  async determinism(): Promise<Check> {
    const [worst, at] = difference(await this.afterStep(), await this.afterStep());
    const detail = worst === 0 ? 'the same step gives the same bits' : `${at} differs by ${worst}`;
    return {name: 'determinism', isOk: worst === 0, detail};
  }

  async oneBatch(): Promise<Check> {
    const name = 'one batch';
    const {hooks, stepper} = this.injection;
    if (stepper.seat.minimizesItself)
      return {name, isOk: undefined, detail: 'the optimizer has a minimize of its own'};
    const losses: tf.Tensor[] = [];
    await this.aside(async () => {
      hooks.evaluated.tap('verify', ({loss}, phase) => {
        losses.push(tf.keep(tf.stack([loss, phase.evaluateAt(new Map()).loss])));
      });
      await this.step();
    });
    const pairs = await Promise.all(losses.map(pair => pair.data()));
    tf.dispose(losses);
    const bad = pairs.findIndex(([first, again]) => !isAlike(first!, again!));
    const detail =
      bad < 0
        ? `${pairs.length} phase(s), each evaluated again: the same loss`
        : `phase ${bad + 1} sees other rows or masks when it is evaluated again`;
    return {name, isOk: bad < 0, detail};
  }

  async statistics(model: LayersModel): Promise<Check> {
    const name = 'statistics';
    const norms = allLayers(model as unknown as ModelInsides).filter(({movingMean}) => movingMean);
    const statistics = norms.flatMap(({movingMean, movingVariance}) =>
      [movingMean!, movingVariance!].map(variableOf),
    );
    if (statistics.length === 0) return {name, isOk: undefined, detail: 'the model has no BatchNorm'};
    if (this.injection.plugins.some(plugin => plugin.name === 'BatchNormStatistics'))
      return {name, isOk: undefined, detail: 'BatchNormStatistics has a policy of its own'};
    const first: tf.Tensor[] = [];
    let last: tf.Tensor[] = [];
    await this.aside(async () => {
      this.injection.hooks.evaluated.tap({name: 'verify', stage: -1000}, () => {
        if (first.length === 0) first.push(...statistics.map(hold));
      });
      await this.step();
      last = statistics.map(hold);
    });
    const values = async (tensors: readonly tf.Tensor[]) =>
      new Map(await Promise.all(tensors.map(async (each, i) => [String(i), await each.data()] as const)));
    const [worst] = difference(await values(first), await values(last));
    tf.dispose([first, last]);
    const detail =
      worst === 0
        ? `${norms.length} BatchNorm(s) stayed where the first evaluation had moved them`
        : `BatchNorm moved on by ${worst} after the first evaluation`;
    return {name, isOk: worst === 0, detail};
  }

  async leaks(steps: number): Promise<Check> {
    const layers = allLayers(this.injection.model as unknown as ModelInsides);
    const keptStates = () => layers.flatMap(({keptStates: kept}) => kept?.flat() ?? []).length;
    const counts = await this.aside(async () => {
      const all: number[] = [];
      for (let i = 0; i <= steps; i++) {
        await this.step();
        const state = this.injection.state();
        // What an average that begins later adds is no leak, nor what tfjs keeps of an RNN's states until they are reset.
        all.push(tf.memory().numTensors - 2 * state.tensors.size - keptStates());
        disposeSaved(state);
      }
      return all.slice(1);
    });
    const growth = Math.max(...counts) - Math.min(...counts);
    const detail = growth === 0 ? `none in ${steps} steps` : `${growth} tensors in ${steps} steps`;
    return {name: 'leaks', isOk: growth === 0, detail};
  }

  /** With nothing but the optimizer. */
  order(): Promise<Check> {
    const {injection} = this;
    return checkOrder(injection, (rate, steps) =>
      this.aside(async () => {
        // Else the first step would be over other rows than the next.
        injection.stepper.dropWindow();
        for (const hook of Object.values(injection.hooks)) mute(hook);
        Object.assign(injection.optimizer, {learningRate: rate});
        for (let i = 0; i < steps; i++) await this.step();
        const all = await Promise.all(injection.weights.map(({variable}) => variable.data()));
        return Float64Array.from(all.flatMap(values => [...values]));
      }),
    );
  }

  private async afterStep(): Promise<Values> {
    return this.aside(async () => {
      await this.step();
      // What no file holds is of times and of differences of weights, in which rounding is great.
      return read(this.injection.state(true));
    });
  }

  private async step(): Promise<void> {
    await this.train();
    this.injection.flush();
  }

  /** Runs `body` with masks that follow from the step, without what plugins do between batches, and takes all of it back. */
  private async aside<T>(body: () => Promise<T>): Promise<T> {
    const {injection} = this;
    const {hooks, stepper, optimizer} = injection;
    const state = injection.state();
    const putTapsBack = rememberTaps(hooks);
    const {seed} = stepper;
    const {learningRate} = optimizer as {learningRate?: unknown};
    mute(hooks.boundary);
    stepper.seed ??= 0;
    try {
      return await body();
    } finally {
      putTapsBack();
      stepper.seed = seed;
      if (learningRate !== undefined) Object.assign(optimizer, {learningRate});
      injection.put(state, new Map());
      disposeSaved(state);
    }
  }
}

function mute(hook: unknown): void {
  const open = hook as {taps: unknown[]; _resetCompilation(): void};
  open.taps = [];
  open._resetCompilation();
}

/** The values of a state, which is disposed of. */
async function read(state: Saved): Promise<Values> {
  try {
    const entries = [...state.tensors].map(
      async ([name, tensor]) => [name, (await tensor.data()).slice()] as const,
    );
    return new Map(await Promise.all(entries));
  } finally {
    disposeSaved(state);
  }
}

/** The greatest difference, relative to the greatest number of its tensor, and where it is; ∞ where one of them lacks a tensor. */
function difference(a: Values, b: Values): [worst: number, at: string] {
  let [worst, at] = [0, ''];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(name), b.get(name)];
    let own = x && y && x.length === y.length ? 0 : Number.POSITIVE_INFINITY;
    const scale = Math.max(1e-30, ...[...(x ?? [])].map(Math.abs).filter(Number.isFinite));
    for (let i = 0; x && y && i < x.length; i++) {
      if (Object.is(x[i], y[i]) || x[i] === y[i]) continue;
      const each = Math.abs(x[i]! - y[i]!) / scale;
      own = Math.max(own, Number.isNaN(each) ? Number.POSITIVE_INFINITY : each);
    }
    if (own > worst) [worst, at] = [own, name];
  }
  return [worst, at];
}

/** Up to the rounding of an average over batches; a NaN is like any other. */
function isAlike(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.min(Math.abs(a), Math.abs(b));
}
