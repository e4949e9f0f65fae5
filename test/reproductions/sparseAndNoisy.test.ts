import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {
  bags,
  documentLength,
  dropHalf,
  frequencies,
  vocabulary,
  wordAt,
} from '../../reproductions/claims/sparseAndNoisy/features.js';
import {ratesOf} from '../../reproductions/claims/sparseAndNoisy/optimizers.js';
import {
  best,
  nextSettings,
  type SparseRun,
  seedsOfPart,
} from '../../reproductions/claims/sparseAndNoisy/settings.js';
import {batchSize, heldOut, train} from '../../reproductions/claims/sparseAndNoisy/train.js';

describe('bags of words', () => {
  it("have words by Zipf's law", () => {
    const harmonic = Array.from({length: vocabulary}, (_, i) => 1 / (i + 1)).reduce(
      (sum, each) => sum + each,
    );
    expect(wordAt(0)).to.equal(0);
    expect(wordAt(1 / harmonic - 1e-9)).to.equal(0);
    expect(wordAt(1 / harmonic + 1e-9)).to.equal(1);
    expect(wordAt(1 - 1e-12)).to.equal(vocabulary - 1);
    expect(frequencies[0]).to.be.closeTo(1 - (1 - 1 / harmonic) ** documentLength, 1e-12);
  });

  it('have each word as often as its frequency says', () => {
    const rows = 4_000;
    const {x} = bags.draw(1, 5, rows);
    for (const word of [0, 1, 10, 100]) {
      let count = 0;
      for (let row = 0; row < rows; row++) count += x[row * vocabulary + word]!;
      const share = frequencies[word]!;
      expect(count / rows).to.be.closeTo(share, 4 * Math.sqrt((share * (1 - share)) / rows));
    }
  });

  it('have both labels, and the same ones each time', () => {
    const [{x, y}, again] = [bags.draw(2, 5, 500), bags.draw(2, 5, 500)];
    expect(y.reduce((sum, each) => sum + each)).to.be.within(50, 450);
    expect(again).to.deep.equal({x, y});
    expect(bags.draw(3, 5, 500).y).to.not.deep.equal(y);
  });

  it('lose half of their words by dropout, and count the others twice', () => {
    const rows = bags.draw(1, 5, 500);
    const dropped = dropHalf(rows, 1, 9).x;
    let [before, after] = [0, 0];
    rows.x.forEach((value, i) => {
      before += value;
      after += dropped[i]! / 2;
      expect(dropped[i] === 0 || (value === 1 && dropped[i] === 2)).to.equal(true);
    });
    expect(after / before).to.be.closeTo(0.5, 0.03);
  });
});

describe('logistic regression on them', () => {
  it('goes by the gradient of the loss that is told', () => {
    const rate = 0.5;
    const seen = train({task: 'sparse', optimizer: 'SGD', isFalling: true, rate, seeds: [5]});
    const steps = 160 / seen.length;
    const weights = new Float64Array(vocabulary);
    let bias = 0;
    const odds = (x: Float32Array, row: number) =>
      weights.reduce((sum, weight, i) => sum + weight * x[row * vocabulary + i]!, bias);
    for (let step = 0; step < steps; step++) {
      const {x, y} = bags.draw(5, step + 2, batchSize);
      const slopes = Array.from(y, (label, row) => 1 / (1 + Math.exp(-odds(x, row))) - label);
      const length = rate / Math.sqrt(step + 1) / batchSize;
      slopes.forEach((slope, row) => {
        bias -= length * slope;
        for (let i = 0; i < vocabulary; i++) weights[i]! -= length * slope * x[row * vocabulary + i]!;
      });
    }
    const {x, y} = bags.draw(5, 1, heldOut);
    const loss = y.reduce(
      (sum, label, row) => sum + Math.log(1 + Math.exp((1 - 2 * label) * odds(x, row))),
      0,
    );
    expect(seen[0]![0]).to.be.closeTo(loss / heldOut, 1e-4);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    train({task: 'dense', optimizer: 'Adam', isFalling: false, rate: 0.01, seeds: [5]});
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('tells of other seeds than those that choose the rate, which is that with the lowest loss', () => {
    const full = {isQuick: false};
    const tunings: SparseRun[] = nextSettings([], full).map(setting => ({
      setting,
      outcome: [[setting.rate === ratesOf(setting.optimizer, setting.isFalling)[2] ? 0.4 : 0.5]],
    }));
    const told = nextSettings(tunings, full);
    expect(told).to.have.length(15);
    for (const {task, optimizer, rate, isFalling, part} of told) {
      expect(part).to.equal('told');
      expect(rate).to.equal(ratesOf(optimizer, isFalling)[2]);
      expect(best(tunings, task, optimizer).rate).to.equal(rate);
    }
    const seeds = seedsOfPart(told[0]!, full);
    expect(seeds).to.have.length(6);
    expect(seedsOfPart(tunings[0]!.setting, full).some(seed => seeds.includes(seed))).to.equal(false);
    expect(nextSettings([...tunings, {setting: told[0]!, outcome: [[1]]}], full)).to.deep.equal([]);
  });
});
