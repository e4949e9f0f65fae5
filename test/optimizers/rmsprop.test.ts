import {RMSprop} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, rho: 0.75, epsilon: 0};

describe('RMSprop', () => {
  it('divides the gradient by the root of the mean of its square', () => {
    // s = 0.25·4 = 1, then 0.75·1 + 0.25·(−1)² = 1;  w = 1 − 0.1·2/1, + 0.1·1/1
    expectNear(slide(new RMSprop(options), [2, -1]), [0.8, 0.9]);
  });

  it('adds ε to the root, or inside it', () => {
    // √1 + 1 = 2: 1 − 0.1·2/2;  √(1 + 3) = 2: the same
    expectNear(slide(new RMSprop({...options, epsilon: 1}), [2]), [0.9]);
    expectNear(slide(new RMSprop({...options, epsilon: 3, epsilonInside: true}), [2]), [0.9]);
  });

  it('divides by the root of the variance where it is centered', () => {
    // s = 1, m = 0.25·2 = 0.5: √(1 − 0.25);  s = 1, m = 0.75·0.5 − 0.25 = 0.125: √(1 − 1/64)
    const first = 1 - 0.2 / Math.sqrt(0.75);
    expectNear(slide(new RMSprop({...options, centered: true}), [2, -1]), [
      first,
      first + 0.1 / Math.sqrt(63 / 64),
    ]);
  });

  it('is defined where rounding makes the variance negative: gradients all the same for long', () => {
    // s → g², m → g: s − m² → 0; in float32 it is −3e-8 from step 55 on. √0 + ε = 1: each step is 0.1·g in the end.
    const optimizer = new RMSprop({...options, epsilon: 1, centered: true});
    const weights = slide(optimizer, Array<number>(150).fill(0.7));
    expectNear([weights[149]! - weights[148]!], [-0.07], 1e-6);
  });

  it('adds up its velocity with momentum, the learning rate before it or inside it', () => {
    // g/d = 2, −1: v = 2, then 0.5·2 − 1 = 0. Outside, w = 1 − 0.1·2, − 0.2·0; inside, v = 0.2, 0.5·0.2 − 0.2·1 = −0.1
    const momentum = {...options, momentum: 0.5, learningRate: (step: number) => (step === 0 ? 0.1 : 0.2)};
    expectNear(slide(new RMSprop(momentum), [2, -1]), [0.8, 0.8]);
    expectNear(slide(new RMSprop({...momentum, rateInVelocity: true}), [2, -1]), [0.8, 0.9]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = 1 + 0.5·2 = 2, s = 1: 2 − 0.2;  θ − 0.1·0.5·2 − 0.1·1/0.5;  θ − 0.5·2 − 0.2
    const decaying = {...options, weightDecay: 0.5};
    expectNear(slide(new RMSprop(decaying), [1], 2), [1.8]);
    expectNear(slide(new RMSprop({...decaying, decay: 'decoupled'}), [1], 2), [1.7]);
    expectNear(slide(new RMSprop({...decaying, decay: 'independent'}), [1], 2), [0.8]);
  });

  it('stays where it is on a gradient of zero', () => {
    expectNear(slide(new RMSprop(), [0, 0]), [1, 1], 0);
    expectNear(slide(new RMSprop({centered: true, epsilonInside: true, momentum: 0.9}), [0, 0]), [1, 1], 0);
  });
});
