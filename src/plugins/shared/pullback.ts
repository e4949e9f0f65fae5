import type * as tf from '@tensorflow/tfjs-core';
import {InjectError, shown} from '../../errors.js';
import type {Injection, Plugin} from '../../inject/injection.js';
import type {Group} from '../../inject/seat.js';
import {startOf} from '../../inject/slots.js';
import type {Weight} from '../../inject/weight.js';
import {elementwise, type SlotStart} from '../../rules/index.js';

/** Linear, and exact where slow = value. */
const pull = elementwise('pullback', ({value, slow, alpha}) => ({
  pulled: slow!.add(value!.sub(slow!).mul(alpha!)),
}));

/**
 * What a sync does to slots of the inner optimizer: it pulls each back towards what the sync before has left in it, or
 * lets it start anew.
 */
export class Pullback {
  private starts: Readonly<Record<string, SlotStart>> = {};

  constructor(
    private readonly plugin: Plugin,
    private readonly injection: Injection,
    private readonly kind: 'pullback' | 'reset',
    private readonly slots: readonly string[],
  ) {}

  /** @throws InjectError where the optimizer's slots cannot be reached, or it has none of such a name. */
  check(groups: readonly Group[]): void {
    if (groups.some(({kind}) => kind === 'native')) {
      throw new InjectError(
        'PLUGIN_CONFLICT',
        `pullback of ${this.plugin.name} needs an optimizer of tfjs-inject in the seat, whose slots it can reach; ` +
          `received ${groups.map(({name}) => name).join(', ')}. Inject the optimizer first`,
      );
    }
    const starts: Record<string, SlotStart> = Object.assign({}, ...groups.map(group => group.slots));
    const unknown = this.slots.find(slot => !Object.hasOwn(starts, slot));
    if (unknown !== undefined) {
      throw new InjectError(
        'UNKNOWN_SLOT',
        `pullbackSlots of ${this.plugin.name} must be among the optimizer's slots ` +
          `[${Object.keys(starts).join(', ')}]; received ${shown(unknown)}`,
      );
    }
    this.starts = starts;
  }

  /** Slow weights start here: the slots as they are belong to them. */
  restart(weight: Weight): void {
    if (this.kind === 'reset') return;
    for (const slot of this.slots) {
      const own = this.injection.slotsOf(this.plugin);
      if (this.inner.has(slot, weight)) own.write(slowOf(slot), weight, this.present(slot, weight));
    }
  }

  /** Computes everything, and returns the function that writes it, once the weights are synced. */
  prepare(weights: readonly Weight[], alpha: number): () => void {
    const writes = weights.flatMap(weight =>
      this.slots
        .filter(slot => weight.variable.trainable && this.inner.has(slot, weight))
        .map(slot =>
          this.kind === 'reset' ? this.resetting(slot, weight) : this.pulling(slot, weight, alpha),
        ),
    );
    return () => {
      for (const write of writes) write();
    };
  }

  private resetting(slot: string, weight: Weight): () => void {
    const start = startOf(this.starts[slot]!, weight);
    return () => this.inner.write(slot, weight, start);
  }

  private pulling(slot: string, weight: Weight, alpha: number): () => void {
    const own = this.injection.slotsOf(this.plugin);
    const value = this.present(slot, weight);
    const start = this.starts[slot]!;
    const slow = own.has(slowOf(slot), weight)
      ? own.read(slowOf(slot), weight, start)
      : startOf(start, weight);
    // To the last bit.
    const pulled = alpha === 1 ? value : pull({value, slow, alpha}).pulled;
    return () => {
      this.inner.write(slot, weight, pulled);
      own.write(slowOf(slot), weight, pulled);
    };
  }

  private present(slot: string, weight: Weight): tf.Tensor {
    return this.inner.peek(slot, weight, this.starts[slot]!);
  }

  private get inner() {
    return this.injection.optimizerSlots!;
  }
}

function slowOf(slot: string): string {
  return `slow_${slot}`;
}
