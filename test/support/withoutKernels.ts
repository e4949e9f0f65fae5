import {fusion} from '../../src/rules/fused.js';

/** For tests that count on a rule being read anew for each weight in each step. To be called in a `describe`. */
export function withoutKernels(): void {
  before(() => {
    fusion.isOn = false;
  });
  after(() => {
    fusion.isOn = true;
  });
}
