import {metrics} from '@tensorflow/tfjs-layers';

/**
 * Trains a model as a row says, from the weights it has, and measures on the way.
 *
 * @param progress  `{step(number, loss), epoch(number, logs)}`, told as training goes on
 * @returns `{name, curve, gradientsPerStep, stepMilliseconds}`, where curve has one point per epoch
 */
export async function train(row, model, {batches, validationData, epochs, steps, rates, progress}) {
  const watch = new Stopwatch();
  const curve = [];
  model.compile({
    optimizer: row.compile?.(rates) ?? 'sgd',
    loss: watch.count(metrics.categoricalCrossentropy),
  });
  const injections = (row.inject?.(rates) ?? []).map(joining => joining.inject(model));
  await model.fitDataset(batches, {
    epochs,
    batchesPerEpoch: steps,
    validationData,
    validationBatchSize: 256,
    verbose: 0,
    callbacks: {
      onBatchBegin: () => watch.start(),
      onBatchEnd: (_batch, {loss}) => {
        watch.stop();
        progress.step(watch.steps, loss);
      },
      onEpochEnd: (epoch, {loss, val_loss: validationLoss}) => {
        curve.push({step: watch.steps, gradients: watch.evaluations, loss, validationLoss});
        progress.epoch(epoch + 1, {loss, validationLoss});
      },
    },
  });
  for (const injection of new Set(injections)) injection.eject();
  return {
    name: row.name,
    curve,
    gradientsPerStep: watch.evaluations / watch.steps,
    stepMilliseconds: watch.medianMilliseconds(),
  };
}

/** Times the steps, and counts how often they evaluate the loss; every evaluation in a step is for its gradient. */
class Stopwatch {
  evaluations = 0;
  #durations = [];
  #startedAt;

  get steps() {
    return this.#durations.length;
  }

  start() {
    this.#startedAt = performance.now();
  }

  stop() {
    this.#durations.push(performance.now() - this.#startedAt);
    this.#startedAt = undefined;
  }

  count(loss) {
    return (truth, guess) => {
      if (this.#startedAt !== undefined) this.evaluations++;
      return loss(truth, guess);
    };
  }

  /** Of all steps but the first tenth, in which kernels are compiled and caches fill. */
  medianMilliseconds() {
    const warm = this.#durations.slice(Math.ceil(this.steps / 10)).sort((a, b) => a - b);
    return warm[Math.floor(warm.length / 2)] ?? this.#durations[0];
  }
}
