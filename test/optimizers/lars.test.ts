import {LARS} from '../../src/index.js';
import {expectNear} from '../support/slide.js';
import {vectorAfter} from '../support/vectorAfter.js';

const options = {learningRate: 10, trustCoefficient: 0.01, momentum: 0};

describe('LARS', () => {
  it("steps down the gradient, by a share of the weight's norm", () => {
    // 10·0.01·‖(3, 4)‖/‖(0, 2)‖ = 0.25: θ − 0.25·(0, 2)
    expectNear(vectorAfter(new LARS(options), [3, 4], [[0, 2]]), [3, 3.5]);
  });

  it('has its rate inside the velocity or outside, and looks ahead with nesterov', () => {
    // One element: every move is 0.1·|θ|. Step 1: v = 0.1, θ = 0.9. Step 2: v = 0.5·0.1 + 0.09 = 0.14, θ = 0.76.
    const gradients = [[4], [2]];
    expectNear(vectorAfter(new LARS({...options, momentum: 0.5}), [1], gradients), [0.76]);
    // Step 1: v = 0.1, θ = 1 − (0.1 + 0.05) = 0.85. Step 2: v = 0.05 + 0.085 = 0.135, θ = 0.85 − (0.085 + 0.0675).
    const nesterov = new LARS({...options, momentum: 0.5, nesterov: true});
    expectNear(vectorAfter(nesterov, [1], gradients), [0.6975]);
    // The velocity keeps the rate that it was made with: at a rate of 0, step 2 is 0.5·0.1.
    const changing = {...options, momentum: 0.5, learningRate: (steps: number) => (steps < 1 ? 10 : 0)};
    expectNear(vectorAfter(new LARS(changing), [1], gradients), [0.85]);
    expectNear(vectorAfter(new LARS({...changing, rateInVelocity: false}), [1], gradients), [0.9]);
  });

  it('decays within the ratio, whose denominator is the norm of the sum or the sum of the norms', () => {
    const decaying = {...options, weightDecay: 2};
    // u = (−6, 0) + 2·(3, 4) = (0, 8): ratio 0.01·5/8; θ − 10·0.05/8·(0, 8)
    expectNear(vectorAfter(new LARS(decaying), [3, 4], [[-6, 0]]), [3, 3.5]);
    // ‖g‖ + λ·‖θ‖ = 6 + 10: θ − 10·0.05/16·(0, 8)
    expectNear(vectorAfter(new LARS({...decaying, denominator: 'norms'}), [3, 4], [[-6, 0]]), [3, 3.75]);
  });

  it('adds ε to the denominator', () => {
    // 0.1·5/(2 + 8) = 0.05
    expectNear(vectorAfter(new LARS({...options, epsilon: 8}), [3, 4], [[0, 2]]), [3, 3.9]);
  });

  it('takes the gradient as it is where a norm is 0: the trust coefficient does not count either', () => {
    expectNear(vectorAfter(new LARS(options), [0, 0], [[0.5, -1]]), [-5, 10]);
    expectNear(vectorAfter(new LARS(options), [3, 4], [[0, 0]]), [3, 4], 0);
    const norms = new LARS({...options, denominator: 'norms', weightDecay: 2});
    expectNear(vectorAfter(norms, [0, 0], [[0.5, -1]]), [-5, 10]);
  });

  it('leaves vectors to plain descent without decay, where it is told to, but no matrix', () => {
    const skipping = {...options, skipVectors: true, weightDecay: 2};
    expectNear(vectorAfter(new LARS(skipping), [3, 4], [[0.25, 0]]), [0.5, 4]);
    expectNear(vectorAfter(new LARS(skipping), [3, 4], [[-6, 0]], [1, 2]), [3, 3.5]);
  });
});
