import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {elementwise, type Operand} from '../../src/index.js';
import {withoutKernels} from '../support/withoutKernels.js';

type Rule = (operands: Record<'a' | 'b', Operand>) => unknown;

/** What TypeScript would not let pass, and JavaScript does. */
const wrong: Record<string, Rule> = {
  'a product': ({a, b}) => a.mul((b as never) * 2),
  'a difference': ({a, b}) => a.mul(1 - (b as never)),
  'a power': ({a}) => a.sub(((a as never) ** 2) as number),
  'a function of Math': ({a}) => a.sub(Math.abs(a as never)),
  'a comparison': ({a}) => ((a as never) > 0 ? a : a.neg()),
  'a text': ({a, b}) => a.mul(Number(`${b}`)),
  'what is NaN': ({a}) => a.mul((undefined as never) * 2),
};

for (const isFused of [true, false])
  describe(`An operand of a rule ${isFused ? 'that becomes a kernel' : 'over tensors'}`, () => {
    if (!isFused) withoutKernels();

    for (const [what, rule] of Object.entries(wrong))
      it(`is refused in ${what}, which JavaScript would make NaN or false of`, () => {
        const of = elementwise<'a' | 'b', 'c'>('wrong', operands => ({c: rule(operands) as Operand}));
        tf.tidy(() => {
          expect(() => of({a: tf.tensor1d([1, -2]), b: 2})).to.throw(
            /INVALID_OPTION: a rule must compute by its operands' methods, such as gradient\.mul\(2\) .*; received/,
          );
        });
      });

    it('may be infinity, chosen to be NaN, and compared with it', () => {
      const of = elementwise<'a', 'c'>('bounded', ({a}) => ({
        c: a.minimum(Number.POSITIVE_INFINITY).less(0).select(Number.NaN, a.equal(Number.NaN).select(0, a)),
      }));
      tf.tidy(() => {
        expect([...of({a: tf.tensor1d([1, -2])}).c.dataSync()]).to.deep.equal([1, Number.NaN]);
      });
    });
  });

describe('elementwise', () => {
  it('must be given a function, and then tensors or numbers', () => {
    expect(() => elementwise('none', undefined as never)).to.throw(
      /INVALID_OPTION: elementwise must.*a function; received undefined/,
    );
    const of = elementwise<'a' | 'b', 'c'>('sum', ({a, b}) => ({c: a.add(b)}));
    tf.tidy(() => {
      for (const b of [undefined, 'x', [1, 2]])
        expect(() => of({a: tf.ones([2]), b: b as never})).to.throw(
          /INVALID_OPTION: 'b' of 'sum' must be a tensor or a number/,
        );
    });
  });
});
