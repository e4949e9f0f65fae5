/**
 * Compile-only: `npm run types` reads this file. Each `@ts-expect-error` is a
 * mistake that must not compile; where it does, the directive itself is the
 * error.
 */
import type {Tensor} from '@tensorflow/tfjs-core';
import {type ComputeGroup, elementwise, type Operand, type RuleGroup, updateGroup} from '../../src/index.js';

const slots = {m: 'zeros', v: 1} as const;

/** Whether two types are one and the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectSame<_T extends true>(): void {}

updateGroup({
  name: 'slots and scalars are operands, next to weight, gradient and learningRate',
  slots,
  scalars: ({iterations, learningRate}) => {
    expectSame<Same<typeof iterations, number>>();
    expectSame<Same<typeof learningRate, number>>();
    return {rate: learningRate / iterations};
  },
  update: operands => {
    expectSame<Same<keyof typeof operands, 'weight' | 'gradient' | 'learningRate' | 'm' | 'v' | 'rate'>>();
    expectSame<Same<(typeof operands)['rate'], Operand>>();
    return {weight: operands.weight.sub(operands.m.mul(operands.rate)), m: operands.gradient};
  },
});

updateGroup({
  name: 'counters are numbers, by their own names',
  scalars: ({counters, iterations}) => {
    expectSame<Same<typeof counters, Readonly<Record<'w' | 'seen', number>>>>();
    return {w: counters.w + iterations, seen: counters.seen + 1, scale: counters.w / counters.seen};
  },
  counters: {w: 0, seen: 0},
  update: operands => {
    expectSame<
      Same<keyof typeof operands, 'weight' | 'gradient' | 'learningRate' | 'w' | 'seen' | 'scale'>
    >();
    return {weight: operands.weight.mul(operands.scale)};
  },
});

updateGroup({
  name: 'a misspelt counter is read',
  counters: {w: 0},
  // @ts-expect-error v is no counter
  scalars: ({counters}) => ({w: counters.v + 1}),
  update: ({weight, w}) => ({weight: weight.mul(w)}),
});

updateGroup({
  name: 'counters of a function over tensors',
  counters: {w: 0},
  scalars: ({counters}) => ({w: counters.w + 1}),
  compute: ({weights}) => weights.map(({weight}) => ({weight})),
});

updateGroup({
  name: 'scalars by name, which a plugin gives',
  scalars: ['alpha'],
  update: ({weight, alpha}) => ({weight: weight.mul(alpha)}),
});

updateGroup({
  name: 'a slot that only some options have is an operand as well',
  slots: {m: 'zeros', ...(Math.random() < 0.5 && {v: 'zeros'})},
  update: operands => {
    expectSame<Same<keyof typeof operands, 'weight' | 'gradient' | 'learningRate' | 'm' | 'v'>>();
    return {weight: operands.weight.sub(operands.m), v: operands.v};
  },
});

updateGroup({
  name: 'a misspelt slot is read',
  slots: {m: 'zeros', v: 'zeros'},
  // @ts-expect-error mm is no slot
  update: ({weight, mm}) => ({weight: weight.sub(mm)}),
});

updateGroup({
  name: 'a misspelt slot is returned',
  slots: {m: 'zeros', v: 'zeros'},
  // @ts-expect-error vv is no slot
  update: ({weight, m, v}) => ({weight: weight.sub(m), vv: v}),
});

updateGroup({
  name: 'a misspelt weight is returned',
  // @ts-expect-error wieght is neither the weight nor a slot
  update: ({weight}) => ({wieght: weight}),
});

updateGroup({
  name: 'a misspelt scalar is read',
  scalars: ({learningRate}) => ({rate: learningRate}),
  // @ts-expect-error rat is no scalar
  update: ({weight, rat}) => ({weight: weight.sub(rat)}),
});

updateGroup({
  name: 'a scalar by name is misspelt',
  scalars: ['alpha'],
  // @ts-expect-error alfa is no scalar
  update: ({weight, alfa}) => ({weight: weight.sub(alfa)}),
});

updateGroup({
  name: 'a slot where there are none',
  // @ts-expect-error m is no slot
  update: ({weight, m}) => ({weight: weight.sub(m)}),
});

updateGroup({
  name: 'the learning rate is not a result',
  // @ts-expect-error learningRate is read only
  update: ({weight, learningRate}) => ({weight, learningRate}),
});

// @ts-expect-error a slot starts as 'zeros', as 'weight' or at a number
updateGroup({name: 'a misspelt start', slots: {m: 'zeroes'}, update: ({weight}) => ({weight})});

// @ts-expect-error a group does something
updateGroup({name: 'neither update nor compute'});

// @ts-expect-error a comparison is a mask, which only select makes an operand of
updateGroup({name: 'a mask', update: ({weight, gradient}) => ({weight: weight.mul(gradient.greater(0))})});

updateGroup({
  name: 'an operand is no tensor',
  // @ts-expect-error exp is not correctly rounded, and not among the operations
  update: ({weight}) => ({weight: weight.exp()}),
});

const rule = updateGroup({name: 'rule', update: ({weight}) => ({weight})});
expectSame<Same<typeof rule, RuleGroup>>();

const compute = updateGroup({
  name: 'compute',
  slots,
  compute: ({weights, learningRate, iterations}) => {
    expectSame<Same<typeof learningRate, number>>();
    expectSame<Same<typeof iterations, number>>();
    return weights.map(({weight, gradient, m}) => {
      expectSame<Same<typeof gradient, Tensor>>();
      return {weight, m: m ?? gradient};
    });
  },
});
expectSame<Same<typeof compute, ComputeGroup>>();

// The doc comment of `elementwise` says how its inputs are named.
const decayed = elementwise<'weight' | 'rate', 'weight'>('decay', ({weight, rate}) => ({
  weight: weight.sub(weight.mul(rate)),
}));
export const decay = (variable: Tensor) => {
  const {weight} = decayed({weight: variable, rate: 0.01});
  expectSame<Same<typeof weight, Tensor>>();
  // @ts-expect-error an input is missing
  decayed({weight});
};
