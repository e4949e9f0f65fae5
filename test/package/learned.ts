import {expect} from 'chai';

/**
 * What the training of the examples must end with. The columns of x are orthogonal and of mean square 1, so each
 * weight's error e has the gradient 2e: a step of Heun multiplies it by q = 1 − 2α + 2α², and each fifth one is
 * followed by Lookahead, which goes half of the way from the error e before the five to q⁵·e.
 */
const q = 1 - 2 * 0.1 + 2 * 0.1 ** 2;
const left = ((1 + q ** 5) / 2) ** (50 / 5);
const weights = [3, -2].map(target => target * (1 - left));

/** Fails unless a text ends with these weights. */
export function expectLearned(text: string, tolerance = 1e-6): void {
  const found = /(\S+) (\S+)\s*$/.exec(text)?.slice(1).map(Number) ?? [];
  expect(found, text).to.have.length(2);
  for (const [i, weight] of weights.entries()) expect(found[i]).to.be.closeTo(weight, tolerance);
}
