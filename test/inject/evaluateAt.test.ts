import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect} from 'chai';
import {
  Heun,
  type Injection,
  type InjectOptimizer,
  InjectPlugin,
  inject,
  type Phase,
  SGD,
  stages,
} from '../../src/index.js';
import {bitsOf} from '../support/stateOf.js';

/** y ≈ w·x over these rows: L(w) = (x₁w − y₁)²/2 + (x₂w − y₂)²/2, ∇L(w) = 5w − 3. */
const x = tf.tensor2d([1, 2], [2, 1]);
const y = tf.tensor2d([3, 0], [2, 1]);
const loss = (w: number) => ((w - 3) ** 2 + (2 * w) ** 2) / 2;
const gradient = (w: number) => 5 * w - 3;

function model(optimizer: InjectOptimizer | string = 'sgd', extra: tfl.layers.Layer[] = []): tfl.LayersModel {
  const layer = tfl.layers.dense({units: 1, inputShape: [1], useBias: false, kernelInitializer: 'ones'});
  const made = tfl.sequential({layers: [layer, ...extra]});
  made.compile({optimizer, loss: 'meanSquaredError', metrics: ['mae']});
  return made;
}

const weightOf = (of: tfl.LayersModel) => of.getWeights()[0]!.dataSync()[0]!;

/** Sharpness-aware minimization: the gradient at the weights moved by ρ along the gradient's direction. */
class SAM extends InjectPlugin {
  override readonly name = 'SAM';

  constructor(private readonly rho: number) {
    super();
  }

  override apply({hooks}: Injection): void {
    hooks.evaluated.tap({name: this.name, stage: stages.perturb}, ({loss, gradients}, phase) => {
      const norm = tf.sqrt(tf.addN([...gradients.values()].map(g => tf.sum(tf.square(g)))));
      const ascent = new Map(
        [...gradients].map(([weight, g]) => [weight, tf.mul(g, tf.div(this.rho, norm))]),
      );
      return {loss, gradients: phase.evaluateAt(ascent).gradients};
    });
  }
}

describe('phase.evaluateAt and evaluateWith', () => {
  it('give loss and gradients at the displaced weights, in each phase, and put the weights back to the last bit', async () => {
    const trained = model();
    const injection = new Heun({learningRate: 0.1}).inject(trained);
    let phases = 0;
    injection.hooks.evaluated.tap('test', (evaluated, phase) => {
      const [weight] = phase.step.weights;
      const before = bitsOf(weight!.variable);
      const w = weight!.variable.dataSync()[0]!;
      for (const shift of [0.3, -2, 0]) {
        const there = phase.evaluateAt(new Map([[weight!, tf.fill([1, 1], shift)]]));
        expect(there.loss.dataSync()[0]).to.be.closeTo(loss(w + shift), 1e-5);
        expect(there.gradients.get(weight!)!.dataSync()[0]).to.be.closeTo(gradient(w + shift), 1e-5);
        expect(bitsOf(weight!.variable)).to.equal(before);
        const given = phase.evaluateWith(new Map([[weight!, () => tf.add(weight!.variable, shift)]]));
        expect(given.loss.dataSync()[0]).to.be.closeTo(loss(w + shift), 1e-5);
        expect(given.gradients.get(weight!)!.dataSync()[0]).to.be.closeTo(gradient(w + shift), 1e-5);
        expect(bitsOf(weight!.variable)).to.equal(before);
      }
      const here = phase.evaluateAt(new Map());
      expect(here.loss.dataSync()[0]).to.equal(evaluated.loss.dataSync()[0]);
      phases++;
      return evaluated;
    });
    await trained.trainOnBatch(x, y);
    expect(phases).to.equal(2);
    expect(weightOf(trained)).to.be.closeTo(1 - 0.05 * (gradient(1) + gradient(1 - 0.1 * gradient(1))), 1e-6);
  });

  it('put the weights back where the loss throws', async () => {
    const trained = model();
    const injection = inject(trained);
    const error = new Error('elsewhere');
    let bits = '';
    injection.hooks.evaluated.tap('test', (evaluated, phase) => {
      const [weight] = phase.step.weights;
      bits = bitsOf(weight!.variable);
      const shift = tf.fill([1, 1], 1);
      const native = trained.layers[0]!.call;
      trained.layers[0]!.call = () => {
        throw error;
      };
      try {
        expect(() => phase.evaluateAt(new Map([[weight!, shift]])))
          .to.throw(Error)
          .that.equals(error);
      } finally {
        trained.layers[0]!.call = native;
      }
      expect(bitsOf(weight!.variable)).to.equal(bits);
      return evaluated;
    });
    await trained.trainOnBatch(x, y);
    expect(weightOf(trained)).to.be.closeTo(1 - 0.01 * gradient(1), 1e-6);
  });

  it('see the same masks as their phase, move no statistics, and report no metrics; from afterPhase as well', async () => {
    for (const hook of ['evaluated', 'afterPhase'] as const) {
      const extra = () => [tfl.layers.batchNormalization({}), tfl.layers.dropout({rate: 0.5})];
      const [trained, twin] = [model('sgd', extra()), model('sgd', extra())];
      const injection = inject(trained, {seed: 3});
      inject(twin, {seed: 3});
      let seen = 0;
      const again = (phase: Phase) => {
        const losses = [1, 2, 3].map(() => phase.evaluateAt(new Map()).loss.dataSync()[0]!);
        expect(new Set(losses).size).to.equal(1);
        seen++;
      };
      if (hook === 'evaluated')
        injection.hooks.evaluated.tap('test', (evaluated, phase) => {
          again(phase);
          return evaluated;
        });
      else injection.hooks.afterPhase.tap('test', again);
      for (let i = 0; i < 2; i++) {
        const values = await Promise.all([trained, twin].map(one => one.trainOnBatch(x, y)));
        expect(values[0]).to.deep.equal(values[1]);
      }
      expect(seen).to.equal(2);
      expect(trained.getWeights().map(bitsOf)).to.deep.equal(twin.getWeights().map(bitsOf));
    }
  });

  it('draws no new masks in afterPhase without a seed', async () => {
    const trained = model('sgd', [tfl.layers.dropout({rate: 0.5})]);
    const many = tf.ones([64, 1]);
    const losses = new Set<number>();
    inject(trained).hooks.afterPhase.tap('test', phase => {
      for (let i = 0; i < 4; i++) losses.add(phase.evaluateAt(new Map()).loss.dataSync()[0]!);
    });
    await trained.trainOnBatch(many, many);
    expect(losses.size).to.equal(1);
  });
});

describe('a SAM written over evaluateAt', () => {
  const rho = 0.5;
  // With one weight the direction of ascent is the gradient's sign.
  const samGradient = (w: number) => gradient(w + rho * Math.sign(gradient(w)));

  it('takes the step that SAM takes by hand', async () => {
    const trained = model();
    new SGD({learningRate: 0.1}).inject(trained).use(new SAM(rho));
    const reported = (await trained.trainOnBatch(x, y)) as number[];
    expect(reported[0]).to.equal(loss(1));
    expect(weightOf(trained)).to.be.closeTo(1 - 0.1 * samGradient(1), 1e-6);
    await trained.trainOnBatch(x, y);
    const w = 1 - 0.1 * samGradient(1);
    expect(weightOf(trained)).to.be.closeTo(w - 0.1 * samGradient(w), 1e-6);
  });

  it('stacks on Heun, in each of its phases, and on tf.train.*', async () => {
    const [heun, native] = [model(), model()];
    new Heun({learningRate: 0.1}).inject(heun).use(new SAM(rho));
    await heun.trainOnBatch(x, y);
    const first = samGradient(1);
    expect(weightOf(heun)).to.be.closeTo(1 - 0.05 * (first + samGradient(1 - 0.1 * first)), 1e-6);
    new SAM(rho).inject(native);
    await native.trainOnBatch(x, y);
    expect(weightOf(native)).to.be.closeTo(1 - 0.01 * first, 1e-6);
  });

  it('may move what the loss reads and another call of a loop trains', () => {
    const [a, b] = [2, 3].map(value => tf.variable(tf.scalar(value))) as [tf.Variable, tf.Variable];
    const optimizer = new SGD({learningRate: 0});
    const injection = inject(optimizer);
    const losses: number[] = [];
    injection.hooks.evaluated.tap('test', (evaluated, phase) => {
      const other = injection.weights.find(({variable}) => variable === b)!;
      const moved = phase.evaluateAt(new Map([[other, tf.scalar(1)]]));
      losses.push(evaluated.loss.dataSync()[0]!, moved.loss.dataSync()[0]!);
      return evaluated;
    });
    for (const variable of [b, a]) optimizer.minimize(() => tf.mul(a, b) as tf.Scalar, false, [variable]);
    expect(losses).to.deep.equal([6, 8, 6, 8]);
    injection.eject();
    tf.dispose([a, b]);
  });

  it('leaks no tensor', async () => {
    const trained = model();
    const injection = new SAM(rho).inject(trained);
    await trained.trainOnBatch(x, y);
    const {numTensors} = tf.memory();
    for (let i = 0; i < 5; i++) await trained.trainOnBatch(x, y);
    expect(tf.memory().numTensors).to.equal(numTensors);
    injection.eject();
    expect(tf.memory().numTensors).to.equal(numTensors);
  });
});
