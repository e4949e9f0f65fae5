import type {MuonOptions} from '../../src/index.js';
import {adamWOracle} from './adamOracles.js';
import type {Oracle} from './oracles.js';
import type {Vectors} from './problems.js';

type Matrix = readonly (readonly number[])[];
type Shapes = readonly (readonly number[])[];

const transposed = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map(row => row[j]!));
const combined = (a: Matrix, b: Matrix, of: (x: number, y: number) => number): Matrix =>
  a.map((row, i) => row.map((x, j) => of(x, b[i]![j]!)));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map(row => transposed(b).map(column => row.reduce((sum, x, k) => sum + x * column[k]!, 0)));

/** Jordan's iteration as his code has it: of a matrix (outputs, inputs), transposed where it is tall. */
function orthogonalized(g: Matrix, {epsilon = 1e-7, epsilonOn = 'sum'}: MuonOptions): Matrix {
  const norm = Math.sqrt(g.flat().reduce((sum, x) => sum + x * x, 0));
  const length = epsilonOn === 'sum' ? norm + epsilon : Math.max(norm, epsilon);
  const isTall = g.length > g[0]!.length;
  let x = (isTall ? transposed(g) : g).map(row => row.map(value => (length === 0 ? 0 : value / length)));
  for (let step = 0; step < 5; step++) {
    const a = product(x, transposed(x));
    const b = combined(a, product(a, a), (p, q) => -4.775 * p + 2.0315 * q);
    x = combined(x, product(b, x), (p, q) => 3.4445 * p + q) as number[][];
  }
  return isTall ? transposed(x) : x;
}

function scaleOf(outputs: number, inputs: number, how: MuonOptions['adjustLearningRate']): number {
  if (how === 'match_rms_adamw') return 0.2 * Math.sqrt(Math.max(outputs, inputs));
  return Math.sqrt(how === 'spectral_unclamped' ? outputs / inputs : Math.max(1, outputs / inputs));
}

/** Muon for weights of rank 2 and more, AdamW for the others; in double precision. */
export function muonOracle(rate: number, options: MuonOptions, shapes: Shapes = []): Oracle {
  const {momentum: mu = 0.95, nesterov = true, correctBias, weightDecay = 0, adjustLearningRate} = options;
  const rest = adamWOracle(rate, {beta2: 0.95, epsilon: 1e-10, weightDecay: 0, ...options.adamW});
  const momenta: number[][] = [];
  let t = 0;
  return (weights: Vectors, gradient, loss) => {
    const gradients = gradient(weights);
    const others = rest(weights, () => gradients, loss);
    const hat = (steps: number) => (correctBias ? 1 - mu ** steps : 1);
    t++;
    return weights.map((weight, i) => {
      const shape = shapes[i] ?? [weight.length];
      if (shape.length < 2) return others[i]!;
      const g = gradients[i]!;
      const b = Array.from(g, (each, j) => mu * (momenta[i]?.[j] ?? 0) + (1 - mu) * each);
      momenta[i] = b;
      const u = b.map((each, j) =>
        nesterov ? (mu * each) / hat(t + 1) + ((1 - mu) * g[j]!) / hat(t) : each / hat(t),
      );
      const outputs = shape.at(-1)!;
      const inputs = weight.length / outputs;
      const rows = Array.from({length: inputs}, (_, row) => u.slice(row * outputs, (row + 1) * outputs));
      const o = transposed(orthogonalized(transposed(rows), options)).flat();
      const scale = rate * scaleOf(outputs, inputs, adjustLearningRate);
      return weight.map((w, j) => (1 - rate * weightDecay) * w - scale * o[j]!);
    });
  };
}
