import * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../errors.js';
import {freeTape} from './freeTape.js';
import {hold} from './hold.js';
import {type Draws, withRandom} from './randomness.js';
import {joined, numberIn, partOf, type Saved} from './saved.js';
import type {Batch, LayerState, Target} from './target.js';
import type {Weight, WeightMap} from './weight.js';

/** A loss and its gradients, averaged over the step's evaluations. */
export interface Evaluated {
  readonly loss: tf.Scalar;
  readonly gradients: WeightMap;
}

/**
 * One loss evaluation that a step works on. Its first run reports metrics and
 * moves the layers' state; every later run sees the same rows, masks and
 * states, and leaves no trace.
 */
export class Evaluation {
  /** Which of its runs moves BatchNorm's statistics, and all else that is kept in weights which are not trained. */
  statistics: 'first' | 'last' | 'none' = 'first';
  private firstLoss: tf.Tensor | undefined;
  private pieces: readonly Batch[] | undefined;
  private pieceRows: number | undefined;

  constructor(
    private readonly batch: Batch,
    private readonly target: Target,
    private readonly optimizer: Pick<tf.Optimizer, 'computeGradients'>,
    private readonly state: LayerState,
    private readonly draws: Draws | undefined,
  ) {}

  /** Number of rows, by which averages are weighted. */
  get rows(): number {
    return this.batch.rows;
  }

  /** All weights that its loss may read: those that are not trained, or by other calls of a loop, as well. */
  get weights(): readonly Weight[] {
    return this.target.allWeights;
  }

  /** Loss and gradients at the present weights; the tensors belong to the caller's tidy. */
  run(): Evaluated {
    const drawn = () => this.drawn(() => this.evaluate());
    if (!this.firstLoss) {
      const evaluated = drawn();
      this.firstLoss = hold(evaluated.loss);
      if (this.statistics === 'none') this.state.restoreStatistics();
      return evaluated;
    }
    return this.target.silently(() => this.state.replay(drawn, this.statistics === 'last'));
  }

  /**
   * Makes every run go over pieces of at most `rows` rows, one after another,
   * whose losses, gradients and metrics are averaged by rows. To be called in
   * the hook `window` of the batch's own step.
   *
   * @throws InjectError `PLUGIN_CONFLICT` where the batch is one call of `minimize`, or a layer keeps a state for each row.
   */
  split(rows: number): void {
    if (!Number.isSafeInteger(rows) || rows < 1)
      throw new InjectError(
        'INVALID_OPTION',
        `pieces of a batch must have a whole number ≥ 1 of rows; received ${shown(rows)}`,
      );
    if (this.firstLoss || rows >= this.rows) return;
    this.pieces = this.batch.split?.(rows);
    this.pieceRows = rows;
    if (this.pieces) return;
    throw new InjectError(
      'PLUGIN_CONFLICT',
      'a batch must be rows of a model without stateful layers to be cut into pieces; in a hand-written loop, ' +
        'call minimize for each piece, and accumulate',
    );
  }

  /** Leaves the batch to an optimizer's own `minimize`, as the first run. */
  minimizeBy(optimizer: Pick<tf.Optimizer, 'minimize'>): void {
    const variables = this.target.listed.map(weight => weight.variable);
    const loss = this.drawn(() => optimizer.minimize(this.batch.loss, true, variables));
    this.firstLoss = hold(loss!);
  }

  private drawn<T>(body: () => T): T {
    try {
      return this.draws ? withRandom(this.draws.fromStart(), body) : body();
    } catch (error) {
      freeTape();
      throw error;
    }
  }

  /** The loss of the first run, as the caller's own. */
  takeLoss(): tf.Scalar {
    const own = hold(this.firstLoss!);
    own.kept = false;
    return own as tf.Scalar;
  }

  /**
   * What a file must hold for this evaluation to run again: its batch, draws, and the layers' state before it.
   *
   * @throws InjectError `PLUGIN_CONFLICT` in a hand-written loop, whose batch is a function.
   */
  save(): Saved {
    const {batch, statistics, pieceRows, draws} = this;
    if (!batch.data) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        'a window that is not full holds functions of a hand-written loop, which no file can: call flush() first, ' +
          'or save where a step is complete',
      );
    }
    const tensors = new Map([['loss', hold(this.firstLoss!)]]);
    for (const [i, tensor] of batch.data.entries()) if (tensor) tensors.set(`data/${i}`, hold(tensor));
    const data = {
      inputs: batch.data.length,
      statistics,
      ...(pieceRows !== undefined && {pieceRows}),
      ...(draws && {draws: [...draws.recorded]}),
    };
    return joined({own: {tensors, data}, layers: this.state.save()});
  }

  /** Goes on from what `save` gave; `data` it has been made with. */
  resume(saved: Saved): void {
    const {tensors, data} = partOf(saved, 'own');
    const {statistics} = data;
    if (statistics !== 'first' && statistics !== 'last' && statistics !== 'none')
      throw new InjectError(
        'CHECKPOINT_DAMAGED',
        `statistics of a batch must be first, last or none; received ${shown(statistics)}`,
      );
    this.statistics = statistics;
    if ('pieceRows' in data) this.split(Math.max(1, numberIn(data, 'pieceRows', 'count')));
    this.firstLoss = hold(tensors.get('loss')!);
  }

  /** Takes back what the first run did to the layers' state. */
  undo(): void {
    this.state.restore();
  }

  release(): void {
    this.state.release();
    this.firstLoss?.dispose();
    this.batch.release?.();
  }

  private evaluate(): Evaluated {
    const {pieces, batch} = this;
    return pieces ? averageOf(sumOver(pieces, piece => this.evaluateOn(piece))!) : this.evaluateOn(batch);
  }

  private evaluateOn({loss}: Batch): Evaluated {
    const {stepped: weights} = this.target;
    const {value, grads} = this.optimizer.computeGradients(
      loss,
      weights.map(weight => weight.variable),
    );
    const gradients = new Map<Weight, tf.Tensor>();
    for (const weight of weights) {
      const gradient = grads[weight.variable.name];
      if (gradient == null) continue;
      requireFloats(weight);
      gradients.set(weight, gradient);
    }
    return {loss: value, gradients};
  }
}

/** tfjs differentiates by an int32 variable that was cast, but cannot assign what an update makes of it. */
function requireFloats({key, variable: {dtype}}: Weight): void {
  if (dtype === 'float32') return;
  throw new InjectError(
    'SHAPE_MISMATCH',
    `weight '${key}' must be of type float32 to be trained; it is of ${dtype}`,
  );
}

/** The tensors of a loss and its gradients. */
export function tensorsOf({loss, gradients}: Evaluated): tf.Tensor[] {
  return [loss, ...gradients.values()];
}

/** A sum over evaluations, each weighted by its rows. */
export interface WeightedSum extends Evaluated {
  readonly rows: number;
}

/** A new sum, which has no tensor of the former one. */
export function addWeighted(sum: WeightedSum | undefined, evaluated: Evaluated, rows: number): WeightedSum {
  const scaled = (tensor: tf.Tensor) => tf.mul(tensor, rows);
  const gradients = new Map<Weight, tf.Tensor>();
  for (const [weight, former] of sum?.gradients ?? []) {
    const gradient = evaluated.gradients.get(weight);
    gradients.set(weight, gradient ? tf.add(former, scaled(gradient)) : tf.clone(former));
  }
  for (const [weight, gradient] of evaluated.gradients)
    if (!gradients.has(weight)) gradients.set(weight, scaled(gradient));
  const loss = sum ? tf.add(sum.loss, scaled(evaluated.loss)) : scaled(evaluated.loss);
  return {rows: (sum?.rows ?? 0) + rows, loss: loss as tf.Scalar, gradients};
}

/**
 * The sum over `parts`, which goes on from `start` and leaves it as it is. Of each part no more than the sum outlives
 * it; that belongs to the caller's tidy.
 */
export function sumOver<P extends {readonly rows: number}>(
  parts: readonly P[],
  run: (part: P) => Evaluated,
  start?: WeightedSum,
): WeightedSum | undefined {
  let sum = start;
  for (const part of parts) {
    const former = sum;
    tf.tidy(() => {
      sum = addWeighted(former, run(part), part.rows);
      return tensorsOf(sum);
    });
    if (former && former !== start) tf.dispose(tensorsOf(former));
  }
  return sum;
}

export function averageOf({rows, loss, gradients}: WeightedSum): Evaluated {
  const mean = (tensor: tf.Tensor) => tf.div(tensor, rows);
  return {
    loss: mean(loss) as tf.Scalar,
    gradients: new Map([...gradients].map(([weight, gradient]) => [weight, mean(gradient)])),
  };
}

/** Loss and gradients at the present weights over several evaluations; one alone is not touched by arithmetic. */
export function runAll(evaluations: readonly Evaluation[]): Evaluated {
  if (evaluations.length === 1) return evaluations[0]!.run();
  return averageOf(sumOver(evaluations, evaluation => evaluation.run())!);
}
