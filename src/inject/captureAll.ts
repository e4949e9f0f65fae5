import {InjectError} from '../errors.js';
import {hold} from './hold.js';
import type {Captured} from './journal.js';
import type {Ledger} from './ledger.js';
import type {Slots} from './slots.js';
import type {Stepper} from './stepper.js';
import type {Target} from './target.js';

/** Everything that training changes, as it is now: weights, the optimizer's and plugins' state, that of layers. */
export function captureAll(
  ledger: Ledger,
  target: Target,
  stepper: Stepper,
  slots: readonly Slots[],
): Captured {
  const wasShown = ledger.hide();
  const weights = target.weights.map(({variable}) => [variable, hold(variable)] as const);
  const left = ledger.remember();
  const {seat} = stepper;
  const states = [target.captureState(), seat.capture(), ...slots.map(each => each.capture())];
  if (wasShown) ledger.show('rest');

  let isOver = false;
  const release = () => {
    if (isOver) return;
    isOver = true;
    for (const [, value] of weights) value.dispose();
    for (const state of states) state.release();
  };
  const restore = () => {
    if (isOver) return;
    if (stepper.seat !== seat) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        'a snapshot must be restored with the optimizer that it was taken with; another has the seat now',
      );
    }
    ledger.hide();
    stepper.dropWindow();
    for (const [variable, value] of weights) variable.assign(value);
    for (const state of states) state.restore();
    ledger.recall(left);
    release();
    if (wasShown) ledger.show('rest');
  };
  return {restore, release};
}
