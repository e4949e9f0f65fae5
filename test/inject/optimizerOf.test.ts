import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectOptimizer, optimizerOf, option, updateGroup} from '../../src/index.js';
import {slide} from '../support/slide.js';

const specs = {learningRate: option.rate(0.5), scale: option.number(2, {min: 0})};

class Scaled extends optimizerOf('own/Scaled', specs) {
  getGroupedUpdates() {
    const {scale} = this.options;
    return [
      updateGroup({
        name: 'scaled',
        update: ({weight, gradient, learningRate}) => ({
          weight: weight.sub(gradient.mul(scale).mul(learningRate)),
        }),
      }),
    ];
  }
}

/** With another default. */
class Unscaled extends Scaled {
  static override readonly className = 'own/Unscaled';

  constructor(options?: Partial<Scaled['options']>) {
    super(options, {...specs, scale: option.number(1, {min: 0})});
  }
}

describe('optimizerOf', () => {
  it('makes the options: defaults filled in, what must hold checked', () => {
    expect(new Scaled().options).to.deep.equal({learningRate: 0.5, scale: 2});
    expect(new Scaled({scale: 3}).options).to.deep.equal({learningRate: 0.5, scale: 3});
    expect(() => new Scaled({scale: -1})).to.throw(
      /INVALID_OPTION.*scale of Scaled must be a finite number ≥ 0/,
    );
    expect(() => new Scaled({scales: 1} as never)).to.throw(/UNKNOWN_OPTION.*Scaled.*learningRate, scale/);
  });

  it('makes optimizers, which step by their groups', () => {
    expect(new Scaled()).to.be.instanceOf(InjectOptimizer).and.to.be.instanceOf(tf.Optimizer);
    expect(slide(new Scaled(), [1, -1])).to.deep.equal([0, 1]);
  });

  it('gives the name by which a class is saved and loaded', () => {
    tf.serialization.registerClass(Scaled);
    expect(new Scaled().getClassName()).to.equal('own/Scaled');
    const [Class, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap['own/Scaled']!;
    const loaded = fromConfig(Class, new Scaled({scale: 3}).getConfig()) as Scaled;
    expect(loaded).to.be.instanceOf(Scaled);
    expect(loaded.options.scale).to.equal(3);
  });

  it('lets a subclass have its own name and defaults', () => {
    expect(new Unscaled().options.scale).to.equal(1);
    expect(new Unscaled().getClassName()).to.equal('own/Unscaled');
    expect(new Unscaled()).to.be.instanceOf(Scaled);
    expect(new Scaled()).not.to.be.instanceOf(Unscaled);
    expect(() => new Unscaled({scale: -1})).to.throw(/scale of Unscaled/);
    expect(slide(new Unscaled(), [1])).to.deep.equal([0.5]);
  });
});
