import type {Hooks} from './hooks.js';
import type {Plugin} from './injection.js';
import {type Plan, type Seat, takesSeveral} from './seat.js';
import type {Slots} from './slots.js';
import type {Weight} from './weight.js';

/** What a description is made of. */
interface Described {
  readonly seat: Seat;
  readonly plan: Plan;
  readonly hooks: Hooks;
  readonly plugins: readonly Plugin[];
  readonly weights: readonly Weight[];
  readonly slots: readonly Slots[];
  readonly hasTrained: boolean;
}

/** What happens in one step, in order; `String(description)` is a text of some lines. */
export class Description {
  /** Class name of the optimizer in the seat, the whole of it: TensorFlow.js has an Adam, too. */
  readonly optimizer: string;
  /** Names of the update groups, one a phase; `undefined` where their number depends on what a step sees. */
  readonly phases: readonly string[] | undefined;
  /** Names of the plugins, in the order of `use`. */
  readonly plugins: readonly string[];
  /** Who joins in at each hook, in the order in which they run. */
  readonly taps: {readonly [K in keyof Hooks]: readonly string[]};
  /** Gradient evaluations that a step takes on each of its batches; `undefined` where that depends on what it sees. */
  readonly evaluations: number | undefined;
  /** Number of weight tensors that are trained. */
  readonly weights: number;
  /** Bytes of the weights. */
  readonly weightBytes: number;
  /** Bytes on the device beyond the weights: the slots of our optimizers and of the plugins, which are made in the first step. */
  readonly slotBytes: number;
  /** Bytes that a step holds until its commit beyond these: the former weights and slots, where it has several phases. */
  readonly stepBytes: number;
  /** Whether a step was taken: before, there are no slots to count. */
  readonly hasTrained: boolean;

  constructor({seat, plan, hooks, plugins, weights, slots, hasTrained}: Described) {
    this.hasTrained = hasTrained;
    this.optimizer = seat.optimizer.getClassName?.() ?? seat.optimizer.constructor.name;
    this.phases = plan.kind === 'fixed' ? plan.groups.map(group => group.name) : undefined;
    this.plugins = plugins.map(({name}) => name);
    this.taps = Object.fromEntries(
      Object.entries(hooks).map(([name, hook]) => [name, hook.taps.map((tap: {name: string}) => tap.name)]),
    ) as unknown as Description['taps'];
    const extra = plugins.reduce((sum, {evaluationsPerPhase = 0}) => sum + evaluationsPerPhase, 0);
    const isCounted = this.phases && (!takesSeveral(plan) || this.phases.length > 1);
    this.evaluations = isCounted ? this.phases.length * (1 + extra) : undefined;
    this.weights = weights.length;
    this.weightBytes = weights.reduce((sum, {variable}) => sum + variable.size * 4, 0);
    this.slotBytes = slots.reduce((sum, {bytes}) => sum + bytes, 0);
    this.stepBytes = takesSeveral(plan) ? this.weightBytes + seat.slots.bytes : 0;
  }

  toString(): string {
    const {taps, phases, evaluations} = this;
    const line = (title: string, names: readonly string[]) =>
      names.length > 0 ? [`  ${title}: ${names.join(', ')}`] : [];
    const inPhase = [
      ['raw gradients', taps.evaluated],
      ['may skip', taps.skip],
      ['gradients', taps.gradients],
    ] as const;
    const within = inPhase.flatMap(([title, names]) => line(`  ${title}`, names));
    const after = line('  after it', taps.afterPhase);
    const listed = phases
      ? phases.flatMap((name, i) => [
          `  phase ${i + 1}: gradient on the batch`,
          ...within,
          `    update '${name}'`,
          ...after,
        ])
      : [
          '  as many phases as the optimizer asks for, each a gradient on the batch',
          ...within,
          '    update',
          ...after,
        ];
    return [
      `${this.optimizer} on ${this.weights} weights of ${this.weightBytes} bytes`,
      ...line('update groups changed by', taps.groups),
      ...line('learning rate', taps.learningRate),
      ...line('before the step', taps.beforeStep),
      ...line('batches of the step', taps.window),
      ...listed,
      ...line('after the step', taps.afterStep),
      ...line('after the batch', taps.afterBatch),
      ...line('evaluation sees the weights of', taps.evaluationWeights.slice(0, 1)),
      ...line('between batches', taps.boundary),
      `  gradient evaluations: ${evaluations ?? 'as many as a step asks for'}; bytes of slots: ${this.slotBytes}; ` +
        `held during a step: ${this.stepBytes}${this.hasTrained ? '' : ', before there are slots'}`,
      `  plugins: ${this.plugins.join(', ') || 'none'}`,
    ].join('\n');
  }
}
