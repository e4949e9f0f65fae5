import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {
  InjectError,
  type Injection,
  type InjectOptimizer,
  inject,
  Monitor,
  type Plugin,
} from '../../src/index.js';
import {optimizers, optionsAt, optionsOf, type Part, plugins} from './catalogue.js';
import type {Setting, Stack} from './setting.js';
import {visits} from './tasks/surfaces.js';
import type {Problem} from './tasks/task.js';

/** What one step showed. */
export interface StepRecord {
  readonly step: number;
  /** At the weights where the step began. */
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly updateNorm: number;
  /** From the batch to its numbers on the page: with what a GPU took. */
  readonly milliseconds: number;
}

export type Place = readonly [x: number, y: number];

/** Where the weights of a surface were in one batch: where it began, at each evaluation, and at its end. */
export interface Move {
  readonly from: Place;
  readonly phases: readonly Place[];
  readonly to: Place;
}

/** Waits until the next batch may be taken; false ends the training. */
export type Turn = () => Promise<boolean>;

/** One stack in training. */
export class Run {
  readonly records: StepRecord[] = [];
  readonly moves: Move[] = [];
  readonly model: LayersModel;
  readonly description: string;
  /** What went wrong, in the words of the error. */
  failure: string | undefined;
  isOver = false;
  private readonly injection: Injection;

  constructor(
    readonly stack: Stack,
    private readonly setting: Setting,
    private readonly problem: Problem,
  ) {
    const {steps, seed} = setting;
    this.model = problem.makeModel();
    const make = <T>(list: typeof optimizers, part: Part) =>
      list.get(part.name)!.make(optionsAt(optionsOf(part), steps)) as T;
    const optimizer = make<tf.Optimizer | InjectOptimizer>(optimizers, stack.optimizer);
    const isNative = optimizers.get(stack.optimizer.name)!.origin === 'tf.train';
    this.model.compile({
      optimizer: isNative ? (optimizer as tf.Optimizer) : 'sgd',
      loss: problem.loss as string,
    });
    try {
      this.injection = inject(this.model, {seed});
      if (!isNative) (optimizer as InjectOptimizer).inject(this.model);
      for (const part of stack.plugins) this.injection.use(make<Plugin>(plugins, part));
      this.injection.use(new Monitor({include: ['learningRate', 'gradientNorm', 'updateNorm'], logEvery: 1}));
      this.description = String(this.injection.describe());
    } catch (error) {
      this.model.dispose();
      throw error;
    }
  }

  /** Trains to the end, a batch at each turn; what fails is kept in `failure`. */
  async train(turn: Turn): Promise<void> {
    const {setting, problem, model} = this;
    const {steps} = setting;
    const batchSize = Math.min(setting.batchSize, problem.xs.shape[0]!);
    const batches = Math.ceil(problem.xs.shape[0]! / batchSize);
    let began = 0;
    let from = await this.place();
    let seen: tf.Tensor[] = [];
    const forget = () => {
      visits.at = undefined;
      tf.dispose(seen);
      seen = [];
    };
    try {
      if (!(await turn())) return;
      await model.fit(problem.xs, problem.ys, {
        batchSize,
        epochs: Math.ceil(steps / batches),
        verbose: 0,
        yieldEvery: 'never',
        callbacks: {
          onBatchBegin: () => {
            if (from) visits.at = point => seen.push(tf.keep(tf.clone(point)));
            began = performance.now();
          },
          onBatchEnd: async (_, logs) => {
            visits.at = undefined;
            const {
              loss = Number.NaN,
              learningRate = Number.NaN,
              gradientNorm = Number.NaN,
              updateNorm = Number.NaN,
            } = logs ?? {};
            const step = this.records.length + 1;
            this.records.push({
              step,
              loss,
              learningRate,
              gradientNorm,
              updateNorm,
              milliseconds: performance.now() - began,
            });
            if (from) {
              const phases = await Promise.all(seen.map(placeOf));
              const to = (await this.place())!;
              this.moves.push({from, phases, to});
              from = to;
            }
            forget();
            if (step >= steps || !(await turn())) model.stopTraining = true;
          },
        },
      });
    } catch (error) {
      this.failure = error instanceof InjectError ? error.message : String(error);
    } finally {
      forget();
      this.isOver = true;
    }
  }

  /** What the model says of some rows. */
  async predict(rows: tf.Tensor): Promise<Float32Array> {
    const predicted = this.model.predict(rows) as tf.Tensor;
    try {
      return (await predicted.data()) as Float32Array;
    } finally {
      predicted.dispose();
    }
  }

  dispose(): void {
    this.injection.eject();
    // One of tfjs, given as an object, is not the model's to dispose of.
    const {optimizer} = this.model;
    this.model.dispose();
    if (optimizers.get(this.stack.optimizer.name)!.origin === 'tf.train') optimizer.dispose();
  }

  /** Where the weights are, of a model of one weight of two numbers. */
  private async place(): Promise<Place | undefined> {
    const [weight, ...others] = this.model.trainableWeights;
    if (others.length > 0 || weight?.shape.join() !== '2') return undefined;
    return placeOf(weight.read());
  }
}

async function placeOf(tensor: tf.Tensor): Promise<Place> {
  const [x, y] = await tensor.data();
  return [x!, y!];
}
