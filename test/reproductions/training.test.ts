import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {trainOnImages} from '../../reproductions/imageTraining.js';
import {batchesOf, curveOf, fitOf, train} from '../../reproductions/training.js';
import {trainOnWords} from '../../reproductions/wordTraining.js';
import {Adam, Lookahead, SGD} from '../../src/index.js';

describe('trainings of the reproductions', () => {
  it('see each row once in an epoch, in an order that follows from the seed', () => {
    const batches = batchesOf(7, 3, 5);
    const epochs = Array.from({length: 4}, () =>
      [batches.next().value, batches.next().value].flatMap(batch => [...batch]),
    );
    for (const epoch of epochs) expect(new Set(epoch).size).to.equal(6);
    expect(epochs[0]).to.not.deep.equal(epochs[1]);
    const [again, other] = [batchesOf(7, 3, 5), batchesOf(7, 3, 6)];
    expect([...again.next().value]).to.deep.equal(epochs[0]!.slice(0, 3));
    expect([...other.next().value]).to.not.deep.equal(epochs[0]!.slice(0, 3));
  });

  it('refuse batches that the rows do not fill', () => {
    expect(() => batchesOf(2, 3, 1).next()).to.throw(RangeError, /as many rows; received 2/);
  });

  it('tell the cross-entropy and the error of probabilities', () => {
    const {loss, error} = fitOf([0.5, 0.25, 0.25, 0.1, 0.2, 0.7], [0, 1]);
    expect(loss).to.be.closeTo((Math.log(2) + Math.log(5)) / 2, 1e-12);
    expect(error).to.equal(0.5);
  });

  it('tell what is no number as an infinite loss and the error of a guess', () => {
    expect(fitOf([0.5, 0.5, Number.NaN, Number.NaN], [0, 0])).to.deep.equal({
      loss: Number.POSITIVE_INFINITY,
      error: 0.5,
    });
  });

  it('have curves of means over windows', () => {
    expect(curveOf([1, 3, 5, 7, 8], 2)).to.deep.equal([
      {step: 2, loss: 2},
      {step: 4, loss: 6},
      {step: 5, loss: 8},
    ]);
  });

  it('end where the loss is no number', async () => {
    const model = sequential({
      layers: [layers.dense({units: 1, inputShape: [1], kernelInitializer: 'ones'})],
    });
    model.compile({optimizer: new SGD({learningRate: 1}), loss: 'meanSquaredError'});
    let steps = 0;
    const losses = await train(model, 5, () => {
      const x = tf.fill([2, 1], ++steps === 2 ? Number.NaN : 1);
      return {x, y: tf.ones([2, 1])};
    });
    model.dispose();
    expect(losses).to.have.length(2);
    expect(losses[1]).to.be.NaN;
  });

  for (const [what, run] of [
    ['images', trainOnImages],
    ['words', trainOnWords],
  ] as const)
    it(`on ${what} follow from their seed, and leave no tensor behind`, async () => {
      const outcomeOf = (seed: number) =>
        run(
          {
            seed,
            steps: 1,
            optimizer: new Adam({learningRate: 0.01}),
            plugins: [new Lookahead({k: 1, alpha: 0.5})],
            evaluateOn: 'validation',
          },
          {isQuick: true},
        );
      const first = await outcomeOf(1);
      const tensors = tf.memory().numTensors;
      expect(await outcomeOf(1)).to.deep.equal(first);
      expect(await outcomeOf(2)).to.not.deep.equal(first);
      expect(tf.memory().numTensors).to.equal(tensors);
    });
});
