/** y·s below which a pair tells nothing of the curvature: torch's number. */
export const leastCurvature = 1e-10;

/**
 * The direction −H·g of L-BFGS, as coefficients of s₁ … sₘ, y₁ … yₘ and g, the
 * newest pair first: the two-loop recursion needs no more than the inner
 * products of these vectors. A pair with y·s ≤ 1e-10 (one of zeros, which has
 * not come yet) is left out, so that H is positive definite.
 *
 * @param products all inner products, in the order of the coefficients.
 * @see Nocedal, Wright, *Numerical Optimization*, 2nd ed., algorithm 7.4, equation 7.20
 */
export function twoLoop(products: readonly (readonly number[])[]): {direction: number[]; pairs: number} {
  const m = (products.length - 1) / 2;
  const direction = products.map(() => 0);
  direction[2 * m] = -1;
  const along = (row: number) =>
    direction.reduce((sum, c, k) => (c === 0 ? sum : sum + c * products[row]![k]!), 0);
  const curvatureOf = (i: number) => products[m + i]![i]!;
  const pairs = [...Array(m).keys()].filter(i => curvatureOf(i) > leastCurvature);

  const alphas = pairs.map(i => {
    const alpha = along(i) / curvatureOf(i);
    direction[m + i]! -= alpha;
    return alpha;
  });
  const [newest] = pairs;
  if (newest !== undefined) {
    const scale = curvatureOf(newest) / products[m + newest]![m + newest]!;
    direction.forEach((c, k) => {
      direction[k] = c * scale;
    });
  }
  for (const [order, i] of [...pairs.entries()].reverse()) {
    direction[i]! += alphas[order]! - along(m + i) / curvatureOf(i);
  }
  return {direction, pairs: pairs.length};
}
