import {Adadelta} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

describe('Adadelta', () => {
  it('takes steps by the ratio of the means of both squares, that of the gradient with its newest', () => {
    // ρ = 0.75, ε = 3. Step 1: s = 0.25·4² = 4, Δ = √3/√7·4, x = 0.25·Δ² = 0.25·48/7 = 12/7.
    // Step 2: s = 0.75·4 + 0.25·2² = 4, Δ = √(12/7 + 3)/√7·(−2).
    const first = 1 - 4 * Math.sqrt(3 / 7);
    const second = first + 2 * Math.sqrt((12 / 7 + 3) / 7);
    expectNear(slide(new Adadelta({rho: 0.75, epsilon: 3}), [4, -2]), [first, second]);
    // tf.train.adadelta divides by s of the step before: 1 − 4·√3/√3 = −3.
  });

  it('multiplies its steps by a learning rate, which is 1 where none is given', () => {
    const [full] = slide(new Adadelta({rho: 0.75, epsilon: 3}), [4]);
    expectNear(slide(new Adadelta({rho: 0.75, epsilon: 3, learningRate: 0.5}), [4]), [(1 + full!) / 2]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = 1 + 1.5·2 = 4: as above;  g = 1: s = 0.25, Δ = √(3/3.25), and 2 − 1·1.5·2 without α·: the same at α = 1
    const [moved] = slide(new Adadelta({rho: 0.75, epsilon: 3}), [4], 2);
    const decaying = {rho: 0.75, epsilon: 3, weightDecay: 1.5};
    expectNear(slide(new Adadelta(decaying), [1], 2), [moved!]);
    for (const decay of ['decoupled', 'independent'] as const) {
      expectNear(slide(new Adadelta({...decaying, decay}), [1], 2), [-1 - Math.sqrt(3 / 3.25)]);
    }
  });

  it('stays where it is on a gradient of zero', () => {
    expectNear(slide(new Adadelta(), [0, 0]), [1, 1], 0);
  });
});
