/**
 * The loss at each step of Adam (rate 0.1) in a Lookahead, for a dense unit of two inputs that begins at 0 and is to give 1 for ones: both
 * weights and the bias are one number w, and the loss is (3·w − 1)².
 */
export function lossesOnOnes(
  steps: number,
  {k, clipNorm = Infinity}: {k: number; clipNorm?: number},
): number[] {
  let [w, m, v, slow] = [0, 0, 0, 0];
  return Array.from({length: steps}, (_, i) => {
    const error = 3 * w - 1;
    const norm = Math.sqrt(3) * Math.abs(2 * error);
    const gradient = 2 * error * Math.min(1, clipNorm / norm);
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient ** 2;
    w -= (0.1 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
    if ((i + 1) % k === 0) {
      slow += 0.5 * (w - slow);
      w = slow;
    }
    return error ** 2;
  });
}
