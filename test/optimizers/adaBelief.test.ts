import {AdaBelief} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, beta1: 0.5, beta2: 0.75};

describe('AdaBelief', () => {
  it('divides the mean of the gradient by how far gradients were from it', () => {
    // Step 1: m = 0.5·4 = 2, s = 0.25·(4 − 2)² = 1; m̂ = 2/0.5 = 4, ŝ = 1/0.25 = 4: 1 − 0.1·4/2.
    // Step 2: m = 0.5·2 + 0.5·4 = 3, s = 0.75·1 + 0.25·(4 − 3)² = 1; m̂ = 3/0.75 = 4, ŝ = 1/(1 − 0.5625) = 16/7.
    expectNear(slide(new AdaBelief(options), [4, 4]), [0.8, 0.8 - 0.4 / Math.sqrt(16 / 7)]);
  });

  it('adds ε to the spread, which keeps it, and to its root', () => {
    // ε = 1.25: s = 1 + 1.25 = 2.25, ŝ = 9: 4/(3 + 1.25). Then s = 0.75·2.25 + 0.25 + 1.25 = 3.1875, ŝ = 3.1875·16/7.
    const first = 1 - 0.4 / 4.25;
    const second = first - 0.4 / (Math.sqrt((3.1875 * 16) / 7) + 1.25);
    expectNear(slide(new AdaBelief({...options, epsilon: 1.25}), [4, 4]), [first, second]);
  });

  it('rectifies from the sixth step at the default β₂, and before that takes steps of momentum', () => {
    // β₁ = 0: m = g and s grows by ε = 1 alone, s₆ = (1 − 0.999⁶)/0.001 = 5.98502; r₆ = 0.0258211 (ρ = 5.99416).
    // The sixth step: 0.1·0.0258211·√(1 − 0.999⁶)/(√5.98502 + 1) = 0.1·0.0258211·0.0773629/3.44643.
    const optimizer = new AdaBelief({learningRate: 0.1, rectify: true, beta1: 0, epsilon: 1});
    const weights = slide(optimizer, [1, 1, 1, 1, 1, 1]);
    expectNear(weights.slice(0, 5), [0.9, 0.8, 0.7, 0.6, 0.5]);
    expectNear([weights[5]!], [0.5 - 5.79613e-5], 1.5e-7);
  });

  it('decays the weight itself, by the learning rate or without it, or through the gradient', () => {
    // A first step is 0.1·2 whatever the gradient: 2 − 0.1·0.5·2 − 0.2;  2 − 0.5·2 − 0.2;  2 − 0.2
    expectNear(slide(new AdaBelief({...options, weightDecay: 0.5}), [1], 2), [1.7]);
    expectNear(slide(new AdaBelief({...options, weightDecay: 0.5, decay: 'independent'}), [1], 2), [0.8]);
    expectNear(slide(new AdaBelief({...options, weightDecay: 0.5, decay: 'l2'}), [-0.5], 2), [1.8]);
  });

  it('stays where it is on a gradient of zero', () => {
    expectNear(slide(new AdaBelief(), [0, 0]), [1, 1], 0);
  });
});
