import {expect} from 'chai';
import {twoLoop} from '../../../src/optimizers/shared/twoLoop.js';

type Vector = readonly number[];
const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** The direction itself, from the coefficients of vectors in the order s₁ … sₘ, y₁ … yₘ, g. */
function directionOf(vectors: readonly Vector[]): {direction: Vector; pairs: number} {
  const {direction, pairs} = twoLoop(vectors.map(a => vectors.map(b => dot(a, b))));
  const sum = vectors[0]!.map((_, i) => direction.reduce((total, c, k) => total + c * vectors[k]![i]!, 0));
  return {direction: sum, pairs};
}

describe('the two-loop recursion in coefficients', () => {
  it('is steepest descent without pairs, and where all of them are empty', () => {
    expect(directionOf([[3, -4]])).to.deep.equal({direction: [-3, 4], pairs: 0});
    const zeros = [0, 0];
    expect(directionOf([zeros, zeros, zeros, zeros, [3, -4]])).to.deep.equal({direction: [-3, 4], pairs: 0});
  });

  it('takes the step by hand with one pair', () => {
    // s = (1, 0), y = (2, 1), g = (1, 1): ρ = 1/2, γ = y·s/y·y = 2/5.
    // q = −g = (−1, −1); α = ρ·s·q = −1/2; q ← q − α·y = (0, −1/2); r = γ·q = (0, −1/5);
    // β = ρ·y·r = −1/10; r ← r + s·(α − β) = (−2/5, −1/5).
    const {direction, pairs} = directionOf([
      [1, 0],
      [2, 1],
      [1, 1],
    ]);
    expect(pairs).to.equal(1);
    expect(direction[0]).to.be.closeTo(-0.4, 1e-15);
    expect(direction[1]).to.be.closeTo(-0.2, 1e-15);
  });

  it('fulfils the secant equation of the newest pair: −H·y = −s', () => {
    const [s1, y1] = [
      [1, -2, 0.5],
      [0.5, -3, 1],
    ];
    const [s2, y2] = [
      [0.25, 1, 1],
      [1, 2, -0.5],
    ];
    const {direction} = directionOf([s1!, s2!, y1!, y2!, y1!]);
    direction.forEach((value, i) => {
      expect(value).to.be.closeTo(-s1![i]!, 1e-14);
    });
  });

  it("is Newton's on a quadratic, once there are as many conjugate pairs as dimensions", () => {
    // H = diag(2, 8): s along the axes are conjugate, y = H·s.
    const {direction} = directionOf([
      [0, 3],
      [1, 0],
      [0, 24],
      [2, 0],
      [6, -4],
    ]);
    expect(direction[0]).to.be.closeTo(-3, 1e-14);
    expect(direction[1]).to.be.closeTo(0.5, 1e-14);
  });

  it('leaves out a pair without positive curvature, as if it had not been', () => {
    const good = [
      [1, 0],
      [2, 1],
    ] as const;
    for (const bad of [
      [
        [1, 1],
        [-1, 0],
      ],
      [
        [1e-6, 0],
        [1e-5, 0],
      ],
      [
        [1, 0],
        [Number.NaN, 0],
      ],
    ] as const) {
      const {direction, pairs} = directionOf([
        bad[0],
        good[0],
        bad[1].map(v => (Number.isNaN(v) ? 0 : v)),
        good[1],
        [1, 1],
      ]);
      expect(pairs).to.equal(1);
      expect(direction).to.deep.equal(directionOf([good[0], good[1], [1, 1]]).direction);
    }
  });
});
