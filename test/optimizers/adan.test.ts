import {Adan} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.75, beta3: 0.5, epsilon: 0};

describe('Adan', () => {
  it('looks ahead along the difference of two gradients, of which the first step has none', () => {
    // Step 1: m̂ = 4, v = 0, n̂ = 16: 1 − 0.1·4/4.
    // Step 2: Δ = 2 − 4 = −2; m = 0.5·2 + 0.5·2 = 2, m̂ = 2/0.75 = 8/3; v = 0.25·(−2) = −0.5, v̂ = −0.5/(1 − 0.5625) = −8/7;
    // n = 0.5·8 + 0.5·(2 + 0.75·(−2))² = 4.125, n̂ = 4.125/0.75 = 5.5: θ − 0.1·(8/3 − 0.75·8/7)/√5.5.
    expectNear(slide(new Adan(options), [4, 2]), [0.9, 0.9 - (0.1 * (8 / 3 - 6 / 7)) / Math.sqrt(5.5)]);
  });

  it('multiplies the difference by 1 − β₂ as optax does', () => {
    // n = 0.5·8 + 0.5·(2 + 0.25·(−2))² = 5.125, n̂ = 5.125/0.75: θ − 0.1·(8/3 − 0.25·8/7)/√n̂
    const second = 0.9 - (0.1 * (8 / 3 - 2 / 7)) / Math.sqrt(5.125 / 0.75);
    expectNear(slide(new Adan({...options, differenceFactor: '1 - beta2'}), [4, 2]), [0.9, second]);
  });

  it('adds ε to the root, and another inside it', () => {
    // 4 + 1 = 5: 1 − 0.4/5;  √(16 + 9) = 5: the same
    expectNear(slide(new Adan({...options, epsilon: 1}), [4]), [0.92]);
    expectNear(slide(new Adan({...options, epsilonRoot: 9}), [4]), [0.92]);
  });

  it('decays by a proximal step, or the weight before it', () => {
    // (2 − 0.1)/(1 + 0.1·2.5) = 1.52;  2 − 0.1·2.5·2 − 0.1 = 1.4
    expectNear(slide(new Adan({...options, weightDecay: 2.5}), [4], 2), [1.52]);
    expectNear(slide(new Adan({...options, weightDecay: 2.5, decay: 'decoupled'}), [4], 2), [1.4]);
  });

  it('stays where it is on a gradient of zero', () => {
    expectNear(slide(new Adan(), [0, 0]), [1, 1], 0);
  });
});
