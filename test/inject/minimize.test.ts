import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {Heun, RungeKutta, SGD} from '../../src/index.js';
import {bend, bendGradient, type Point} from '../support/bend.js';

const moved = (p: Point, g: Point, by: number): Point => [p[0] - by * g[0], p[1] - by * g[1]];
const rate = 0.05;

interface Case {
  readonly make: () => SGD | Heun | RungeKutta;
  /** One step by hand in float64; what it returns second it is given again. */
  readonly step: (p: Point, kept: Point) => [Point, Point];
}

const cases: Record<string, Case> = {
  SGD: {
    make: () => new SGD({learningRate: rate}),
    step: (p, kept) => [moved(p, bendGradient(p), rate), kept],
  },
  'SGD with momentum': {
    make: () => new SGD({learningRate: rate, momentum: 0.5}),
    step: (p, v) => {
      const velocity = moved(bendGradient(p), v, -0.5);
      return [moved(p, velocity, rate), velocity];
    },
  },
  Heun: {
    make: () => new Heun({learningRate: rate}),
    step: (p, kept) => {
      const g1 = bendGradient(p);
      const g2 = bendGradient(moved(p, g1, rate));
      return [moved(moved(p, g1, rate / 2), g2, rate / 2), kept];
    },
  },
  RungeKutta: {
    make: () => new RungeKutta({learningRate: rate}),
    step: (p, kept) => {
      const k1 = bendGradient(p);
      const k2 = bendGradient(moved(p, k1, rate / 2));
      const k3 = bendGradient(moved(p, k2, rate / 2));
      const k4 = bendGradient(moved(p, k3, rate));
      const slope = [0, 1].map(i => (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!) / 6) as [number, number];
      return [moved(p, slope, rate), kept];
    },
  },
};

describe('optimizer.minimize in a hand-written loop', () => {
  for (const [name, {make, step}] of Object.entries(cases)) {
    it(`follows the path by hand in float64: ${name}`, () => {
      const {a, b, loss, at, dispose} = bend();
      const optimizer = make();
      let [point, kept]: [Point, Point] = [
        [1, -0.5],
        [0, 0],
      ];
      for (let i = 0; i < 25; i++) {
        [point, kept] = step(point, kept);
        const result = optimizer.minimize(loss, false, [a, b]);
        expect(result).to.equal(null);
        expect(at()[0]).to.be.closeTo(point[0], 2e-6);
        expect(at()[1]).to.be.closeTo(point[1], 2e-6);
      }
      expect(optimizer.iterations).to.equal(25);
      dispose();
    });

    it(`moves the variables it is given and no other, or all that are trainable: ${name}`, () => {
      const {a, b, loss, at, dispose} = bend();
      const frozen = tf.variable(tf.scalar(2), false);
      const unrelated = tf.variable(tf.scalar(3));
      make().minimize(loss, false, [b]);
      expect(at()[0]).to.equal(1);
      expect(at()[1]).not.to.equal(-0.5);
      const [explicit, implied] = [bend(), make()];
      make().minimize(explicit.loss, false, [explicit.a, explicit.b]);
      a.assign(tf.scalar(1));
      b.assign(tf.scalar(-0.5));
      implied.minimize(() => tf.add(loss(), tf.mul(0, frozen)) as tf.Scalar);
      expect(at()).to.deep.equal(explicit.at());
      expect(frozen.dataSync()[0]).to.equal(2);
      expect(unrelated.dataSync()[0]).to.equal(3);
      tf.dispose([frozen, unrelated]);
      explicit.dispose();
      dispose();
    });

    it(`returns the first phase's loss as the caller's own, and leaks no tensor in or out of a tidy: ${name}`, () => {
      const {a, b, loss, at, dispose} = bend();
      const optimizer = make();
      optimizer.minimize(loss, false, [a, b]);
      const {numTensors} = tf.memory();
      for (let i = 0; i < 3; i++) {
        const [p, q] = at();
        const cost = optimizer.minimize(loss, true, [a, b])!;
        expect(cost.dataSync()[0]).to.be.closeTo(0.5 * (p * p + 10 * q * q) + p * q + p ** 4, 1e-5);
        expect(tf.memory().numTensors).to.equal(numTensors + 1);
        cost.dispose();
        optimizer.minimize(loss, false, [a, b]);
        expect(tf.memory().numTensors).to.equal(numTensors);
        tf.tidy(() => void optimizer.minimize(loss, true, [a, b]));
        tf.tidy(() => void optimizer.minimize(loss, false, [a, b]));
        tf.dispose(tf.tidy(() => optimizer.minimize(loss, true, [a, b])!));
        expect(tf.memory().numTensors).to.equal(numTensors);
      }
      optimizer.dispose();
      dispose();
    });

    it(`goes back to before the step where the loss throws, at each evaluation: ${name}`, () => {
      const [one, twin] = [bend(), bend()];
      const [optimizer, other] = [make(), make()];
      const error = new Error('the loss');
      for (let i = 0; i < 2; i++) {
        let evaluations = 0;
        const counted = () => {
          evaluations++;
          return twin.loss();
        };
        other.minimize(counted, false, [twin.a, twin.b]);
        for (let failing = 1; failing <= evaluations; failing++) {
          const [before, {numTensors}] = [one.at(), tf.memory()];
          let count = 0;
          const faulty = () => {
            const value = one.loss();
            if (++count === failing) throw error;
            return value;
          };
          expect(() => optimizer.minimize(faulty, false, [one.a, one.b]))
            .to.throw(Error)
            .that.equals(error);
          expect(one.at()).to.deep.equal(before);
          expect(tf.memory().numTensors).to.equal(numTensors);
          expect(optimizer.iterations).to.equal(i);
        }
        optimizer.minimize(one.loss, false, [one.a, one.b]);
        expect(one.at()).to.deep.equal(twin.at());
      }
      one.dispose();
      twin.dispose();
    });
  }
});
