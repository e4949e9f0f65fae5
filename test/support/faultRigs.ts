import type * as tfl from '@tensorflow/tfjs-layers';
import {
  Heun,
  type Injection,
  type InjectOptimizer,
  inject,
  Lookahead,
  type Plugin,
  RungeKutta,
  SAM,
  ScheduleFreeAdamW,
  SGD,
  stages,
  type UpdateGroup,
  updateGroup,
} from '../../src/index.js';
import {fusion} from '../../src/rules/fused.js';
import {Bomb, compileVisited, type VisitedKind, visitedModel} from './bomb.js';

/** A model in training, with a bomb at each place of a step where something of the user's own runs. */
export interface Rig {
  readonly bomb: Bomb;
  readonly model: tfl.LayersModel;
  readonly injection: Injection;
}

/** What is injected, each with every place of its own that can throw. */
export const faultyOptimizers: Record<string, (model: tfl.LayersModel, bomb: Bomb) => Injection> = {
  Heun: (model, bomb) => visitedRules(new Heun({learningRate: scheduleOf(bomb)}), bomb).inject(model),
  "RungeKutta's rk4": (model, bomb) =>
    visitedRules(new RungeKutta({learningRate: scheduleOf(bomb)}), bomb).inject(model),
  ScheduleFreeAdamW: (model, bomb) =>
    visitedRules(new ScheduleFreeAdamW({learningRate: scheduleOf(bomb), warmupSteps: 2}), bomb).inject(model),
  'SGD with momentum': (model, bomb) =>
    visitedRules(new SGD({learningRate: scheduleOf(bomb), momentum: 0.9}), bomb).inject(model),
  'SAM around Heun': (model, bomb) => {
    const rho = () => {
      bomb.visit('rho');
      return 0.1;
    };
    return visitedRules(new Heun({learningRate: scheduleOf(bomb)}), bomb)
      .inject(model)
      .use(new SAM({rho}));
  },
  'tf.train.adam with Lookahead': (model, bomb) => lookahead(bomb).inject(model),
  'tf.train.adam with Lookahead and a further group': (model, bomb) => {
    const name = 'further group';
    const further = updateGroup({
      name,
      slots: {former: 'weight'},
      update: ({weight, gradient, former}) => {
        if (!fusion.isOn) bomb.visit(`rule ${name}`);
        return {weight: weight.sub(gradient.mul(0.01)), former: former.add(weight)};
      },
    });
    const plugin = {
      name,
      apply: ({hooks}: Injection) => hooks.groups.tap(name, groups => [...groups, further]),
    };
    return lookahead(bomb).inject(model).use(plugin);
  },
};

function scheduleOf(bomb: Bomb) {
  return () => {
    bomb.visit('schedule');
    return 0.1;
  };
}

function lookahead(bomb: Bomb): Lookahead {
  const visited = (place: string, value: number) => () => {
    bomb.visit(place);
    return value;
  };
  return new Lookahead({k: visited('k', 1), alpha: visited('alpha', 0.5)});
}

export function rig(optimizer: string, kind: VisitedKind): Rig {
  const bomb = new Bomb();
  const model = visitedModel(kind, !optimizer.startsWith('tf.train'), bomb);
  compileVisited(model, 'adam', bomb);
  inject(model, {seed: 5});
  const injection = faultyOptimizers[optimizer]!(model, bomb).use(new Visitor(bomb));
  bomb.arm(0);
  return {bomb, model, injection};
}

/** The first place after the commit; from there on the step has happened. */
export const isAfterCommit = (place: string, places: readonly string[]) => {
  const lastPhase = places.filter(name => name.startsWith('afterPhase')).at(-1);
  return place === lastPhase || /^(afterStep|afterBatch|k$|alpha$)/.test(place);
};

/** The optimizer, with rules that pass by the bomb, where they are read in each step. */
function visitedRules<O extends Pick<InjectOptimizer, 'getGroupedUpdates'>>(optimizer: O, bomb: Bomb): O {
  const visit = (place: string) => {
    if (!fusion.isOn) bomb.visit(place);
  };
  const groups = (optimizer.getGroupedUpdates() as readonly UpdateGroup[]).map(group =>
    group.kind !== 'rule'
      ? group
      : {
          ...group,
          ...(group.point && {
            point: (operands: Parameters<typeof group.update>[0]) => {
              visit(`point ${group.name}`);
              return group.point!(operands);
            },
          }),
          update: (operands: Parameters<typeof group.update>[0]) => {
            visit(`rule ${group.name}`);
            return group.update(operands);
          },
        },
  );
  return Object.assign(optimizer, {getGroupedUpdates: () => groups});
}

/** Taps every hook of a step with a visit, moves a slot of its own, and evaluates at displaced weights. */
class Visitor implements Plugin {
  readonly name = 'Visitor';
  private readonly count = updateGroup({
    name: 'count',
    slots: {count: 'zeros'},
    update: ({count}) => ({count: count.add(1)}),
  });

  constructor(private readonly bomb: Bomb) {}

  apply(injection: Injection): void {
    const {hooks} = injection;
    // A waterfall keeps its value where a tap returns undefined.
    const visit = (place: string) => this.bomb.visit(place) as never;
    hooks.learningRate.tap(this.name, () => visit('learningRate'));
    hooks.beforeStep.tap(this.name, () => {
      visit('beforeStep');
      injection.update(this, this.count);
      visit('beforeStep, after a slot was written');
    });
    hooks.window.tap(this.name, () => visit('window'));
    hooks.evaluated.tap(this.name, ({loss, gradients}, phase) => {
      visit('evaluated');
      const {gradients: elsewhere} = phase.evaluateAt(gradients);
      visit('evaluated, after evaluateAt');
      return {loss, gradients: elsewhere};
    });
    hooks.skip.tap(this.name, () => visit('skip'));
    hooks.gradients.tap(this.name, () => visit('gradients'));
    hooks.afterPhase.tap(this.name, phase => visit(`afterPhase ${phase.index}`));
    hooks.afterStep.tap({name: this.name, stage: stages.lookahead - 1}, () => visit('afterStep'));
    hooks.afterStep.tap({name: this.name, stage: stages.observe}, () => visit('afterStep, last'));
    hooks.afterBatch.tap(this.name, () => visit('afterBatch'));
  }
}
