import {adamOracle} from './adamOracles.js';

/**
 * The loss at each step of Adam (rate 0.1) in a Lookahead, for a dense unit of two inputs that begins at 0 and is to give 1 for ones: both
 * weights and the bias are one number w, and the loss is (3·w − 1)².
 */
export function lossesOnOnes(
  steps: number,
  {k, clipNorm = Infinity}: {k: number; clipNorm?: number},
): number[] {
  const adam = adamOracle(0.1, {});
  let [w, slow] = [0, 0];
  return Array.from({length: steps}, (_, i) => {
    const error = 3 * w - 1;
    const norm = Math.sqrt(3) * Math.abs(2 * error);
    const gradient = 2 * error * Math.min(1, clipNorm / norm);
    w = adam([Float64Array.of(w)], () => [Float64Array.of(gradient)])[0]![0]!;
    if ((i + 1) % k === 0) {
      slow += 0.5 * (w - slow);
      w = slow;
    }
    return error ** 2;
  });
}
