import {Adam, AdamW, Adan, Heun, InjectOptimizer, Lion, RAdam, type RuleGroup, SGD} from '../../src/index.js';
import type {Environment} from '../environment.js';
import type {Case, Duel} from './case.js';
import {CautiousSign} from './cautiousSign.js';
import {Field} from './field.js';
import {lookaheadSync} from './lookaheadSync.js';
import {ruleBytes} from './ruleBytes.js';
import {big} from './shapes.js';
import {duel, updates} from './updates.js';

/** One group of an optimizer of several as an optimizer of its own. */
class OneGroup extends InjectOptimizer {
  constructor(private readonly group: RuleGroup) {
    super();
  }

  getGroupedUpdates() {
    return [this.group];
  }
}

const groupsOf = (optimizer: InjectOptimizer) => optimizer.getGroupedUpdates() as readonly RuleGroup[];

const optimizers: Readonly<Record<string, () => InjectOptimizer>> = {
  SGD: () => new SGD({learningRate: 0.001}),
  AdamW: () => new AdamW({learningRate: 0.001}),
  AMSGrad: () => new Adam({learningRate: 0.001, amsgrad: true}),
  RAdam: () => new RAdam({learningRate: 0.001}),
  Adan: () => new Adan({learningRate: 0.001}),
  Lion: () => new Lion({learningRate: 0.001}),
  "a user's own rule": () => new CautiousSign(),
};

/** Other rules than Adam's against Adam's, both on our kernels, in time per byte that they move. */
export const ruleCases: readonly Case[] = [
  ...Object.entries(optimizers).map(([name, make]) => rule(name, () => make())),
  rule("Heun's predictor", () => new OneGroup(groupsOf(new Heun())[0]!)),
  rule("Heun's corrector", () => new OneGroup(groupsOf(new Heun())[1]!), withFirstGradients),
  {group: 'rules', name: "Lookahead's sync", prepare: sync},
];

function rule(
  name: string,
  make: () => InjectOptimizer,
  begin?: (o: InjectOptimizer, f: Field) => void,
): Case {
  return {
    group: 'rules',
    name,
    prepare(environment) {
      const [ours, adam] = [make(), new Adam()];
      const scale = ruleBytes(groupsOf(adam)[0]!) / ruleBytes(groupsOf(ours)[0]!);
      if (!begin) return {...duel(ours, adam, big, environment), scale};
      const [field, other] = [new Field(big), new Field(big)];
      begin(ours, field);
      return {
        ours: updates(ours, field, environment),
        theirs: updates(adam, other, environment),
        scale,
        dispose() {
          for (const each of [ours, adam, field, other]) each.dispose();
        },
      };
    },
  };
}

/** In a step it is the predictor that leaves them. */
function withFirstGradients(corrector: InjectOptimizer, {variables, gradients}: Field): void {
  for (const variable of variables) {
    corrector.slots.write('firstGradient', {key: variable.name, variable}, gradients[variable.name]!);
  }
}

function sync(environment: Environment): Duel {
  const [adam, field, other] = [new Adam(), new Field(big), new Field(big)];
  const {group, contender, dispose} = lookaheadSync(field, environment);
  return {
    ours: contender,
    theirs: updates(adam, other, environment),
    scale: ruleBytes(groupsOf(adam)[0]!) / ruleBytes(group),
    dispose() {
      dispose();
      for (const each of [adam, field, other]) each.dispose();
    },
  };
}
