import {Adagrad} from '../../src/index.js';
import {expectNear, slide} from '../support/slide.js';

const options = {learningRate: 0.1, epsilon: 0};

describe('Adagrad', () => {
  it('divides the gradient by the root of the sum of its squares', () => {
    // s = 9, 9 + 16 = 25;  w = 1 − 0.1·3/3, + 0.1·4/5
    expectNear(slide(new Adagrad(options), [3, -4]), [0.9, 0.98]);
  });

  it('starts its sum where it is told', () => {
    // s = 16 + 9 = 25: 1 − 0.1·3/5
    expectNear(slide(new Adagrad({...options, initialAccumulator: 16}), [3]), [0.94]);
  });

  it('adds ε to the root, or inside it', () => {
    // 3 + 1 = 4: 1 − 0.1·3/4;  √(9 + 7) = 4: the same
    expectNear(slide(new Adagrad({...options, epsilon: 1}), [3]), [0.925]);
    expectNear(slide(new Adagrad({...options, epsilon: 7, epsilonInside: true}), [3]), [0.925]);
  });

  it('decays through the gradient, or the weight itself', () => {
    // g = 1 + 0.5·2 = 2, s = 4: 2 − 0.1;  2 − 0.1·0.5·2 − 0.1;  2 − 0.5·2 − 0.1
    expectNear(slide(new Adagrad({...options, weightDecay: 0.5}), [1], 2), [1.9]);
    expectNear(slide(new Adagrad({...options, weightDecay: 0.5, decay: 'decoupled'}), [1], 2), [1.8]);
    expectNear(slide(new Adagrad({...options, weightDecay: 0.5, decay: 'independent'}), [1], 2), [0.9]);
  });

  it('stays where it is on a gradient of zero, and on one whose square float32 does not hold', () => {
    expectNear(slide(new Adagrad(), [0, 1e-38]), [1, 1], 0);
  });
});
