import * as tf from '@tensorflow/tfjs-core';
import {InjectError} from '../errors.js';
import {Injection} from './injection.js';
import {isModelLoss} from './layersModel.js';
import {needsModel, type Seat} from './seat.js';
import {shortName} from './shortName.js';
import {VariablesTarget} from './variablesTarget.js';

/** An optimizer's steps in a hand-written loop, by its `minimize`: the same as a model's, over the variables of each call. */
export class MinimizeLoop {
  readonly injection: Injection;
  private readonly target = new VariablesTarget();

  /** @param close gives the optimizer back, at `eject`. */
  constructor(
    private readonly seat: Seat,
    seed: number | undefined,
    close: () => void,
  ) {
    this.injection = new Injection(this.target, seat, seed, {
      requireIdle: what => this.injection.requireBetweenSteps(what),
      close: () => {
        this.target.release();
        close();
      },
    });
  }

  /** What `minimize` of the optimizer does. */
  minimize(loss: () => tf.Scalar, returnCost = false, variables?: tf.Variable[]): tf.Scalar | null {
    const {seat, target, injection} = this;
    const {stepper, plugins} = injection;
    if (isModelLoss(loss) && (needsModel(stepper.plan) || plugins.length > 0)) {
      throw new InjectError(
        'NOT_INJECTED',
        `${shortName(seat.optimizer)} takes several gradients on a batch, has plugins, or must know the model's ` +
          `layers, for which compile alone is not enough: call optimizer.inject(model) or inject(model) after compile, and before fit`,
      );
    }
    const {registeredVariables} = tf.engine();
    const hasNew = target.select(
      variables ?? Object.values(registeredVariables).filter(variable => variable.trainable),
    );
    if (hasNew) seat.checkWeights(target.stepped);
    const value = stepper.take({loss, rows: 1});
    if (returnCost) return value;
    value.dispose();
    return null;
  }
}
