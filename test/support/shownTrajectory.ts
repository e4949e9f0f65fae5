import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Injection} from '../../src/index.js';
import {lossModel, outputAsLoss} from './lossModel.js';
import type {Problem} from './problems.js';

/** A model in training on a problem, step by step: what trains, and what evaluation sees. */
export class ShownTrajectory {
  readonly model: LayersModel;
  readonly injection: Injection;
  /** All weights, one after the other, after each step; entry 0 is the start. */
  readonly training: number[][] = [];
  readonly shown: number[][] = [];
  private readonly batch: [tf.Tensor, tf.Tensor] = [tf.zeros([1, 1]), tf.zeros([1, 1])];

  constructor(problem: Problem, optimizer: tf.Optimizer, seat: (model: LayersModel) => Injection) {
    this.model = lossModel(problem.weights, weights => problem.loss(weights));
    this.model.compile({optimizer, loss: outputAsLoss});
    this.injection = seat(this.model);
    this.look();
  }

  async take(steps: number): Promise<this> {
    for (let i = 0; i < steps; i++) {
      await this.model.trainOnBatch(...this.batch);
      this.look();
    }
    return this;
  }

  read(): number[] {
    return this.model.getWeights().flatMap(weight => [...weight.dataSync()]);
  }

  dispose(): void {
    tf.dispose(this.batch);
    this.model.dispose();
  }

  private look(): void {
    this.training.push(this.read());
    this.shown.push(this.injection.evaluate(() => this.read()));
  }
}

/** One weight at 1 and a gradient of 2: plain descent with a rate of 0.1 goes down by 0.2 in each step. */
export const slope: Problem = {
  name: 'a slope',
  weights: [{name: 'w', shape: [], start: [1]}],
  learningRate: 0.1,
  loss64: ([w]) => 2 * w![0]!,
  gradient64: () => [Float64Array.of(2)],
  loss: ([w]) => tf.mul(w!, 2) as tf.Scalar,
};
