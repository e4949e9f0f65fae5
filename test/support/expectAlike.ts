import {expect} from 'chai';

/** Expects numbers within a share of the largest of them. */
export function expectAlike(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  share: number,
): void {
  expect(actual).to.have.length(expected.length);
  const largest = Math.max(...expected.flat().map(Math.abs));
  for (const [i, values] of expected.entries()) {
    expect(actual[i]).to.have.length(values.length);
    for (const [j, value] of values.entries())
      expect(actual[i]![j], `${i}, ${j}`).to.be.closeTo(value, share * largest);
  }
}
