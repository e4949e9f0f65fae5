import type {Plan, Seat} from './seat.js';

/** What happens in one step, in order; `String(description)` is a text of a few lines. */
export class Description {
  /** Class name of the optimizer in the seat. */
  readonly optimizer: string;
  /** Names of the update groups, one a phase; `undefined` where their number depends on what a step sees. */
  readonly phases: readonly string[] | undefined;
  /** Names of the plugins, in the order of `use`. */
  readonly plugins: readonly string[];
  /** Number of weight tensors that are trained. */
  readonly weights: number;
  /** Bytes on the device beyond the weights: the slots of our optimizers and of the plugins. */
  readonly slotBytes: number;

  constructor(seat: Seat, plan: Plan, plugins: readonly string[], weights: number, slotBytes: number) {
    this.optimizer = seat.optimizer.getClassName?.() ?? seat.optimizer.constructor.name;
    this.phases = plan.kind === 'fixed' ? plan.groups.map(group => group.name) : undefined;
    this.plugins = plugins;
    this.weights = weights;
    this.slotBytes = slotBytes;
  }

  toString(): string {
    const phases = this.phases
      ? this.phases.map((name, i) => `  phase ${i + 1}: gradient on the batch, then '${name}'`)
      : ['  as many phases as the optimizer asks for in each step'];
    return [
      `${this.optimizer} on ${this.weights} weights, ${this.slotBytes} bytes of slots`,
      ...phases,
      `  plugins: ${this.plugins.join(', ') || 'none'}`,
    ].join('\n');
  }
}
