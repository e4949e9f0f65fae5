import type * as tf from '@tensorflow/tfjs-core';
import type {Injection} from '../inject/injection.js';
import type {Check} from './report.js';
import {unsmoothPart} from './unsmoothPart.js';

/** All weights after so many steps of a rate, from where they are now. */
type PathEnd = (rate: number, steps: number) => Promise<Float64Array>;

/** Where a step of `rate` ends, and how far from it two halves do, and from these four quarters. */
interface Paths {
  readonly rate: number;
  readonly end: Float64Array;
  readonly coarse: number;
  readonly fine: number;
}

export async function checkOrder({optimizer, model}: Injection, pathEnd: PathEnd): Promise<Check> {
  const name = 'order';
  const {order, learningRate} = optimizer as tf.Optimizer & {order?: number; learningRate?: unknown};
  if (order === undefined || typeof learningRate !== 'number')
    return {name, isOk: undefined, detail: 'the optimizer is no Runge–Kutta method of a fixed rate'};
  // At the smallest rate at which it can be seen: at larger ones, higher powers of the rate have a say.
  let paths: Paths | undefined;
  for (let rate = learningRate / 256; !paths && rate < learningRate * 8; rate *= 2) {
    const found = await pathsOf(pathEnd, rate);
    // Below this the difference is rounding.
    if (found.fine > 30 * 2 ** -24 * norm(found.end)) paths = found;
  }
  if (!paths)
    return {
      name,
      isOk: undefined,
      detail: 'the error of a step is below rounding: raise the rate to see it',
    };
  const detail = `${orderOf(paths).toFixed(2)}, where the method has ${order}`;
  if (orderOf(paths) >= order - 0.5) return {name, isOk: true, detail};
  const doubt = unsmoothPart(model!) ?? (await doubtOf(paths, pathEnd));
  return doubt
    ? {name, isOk: undefined, detail: `not judged: ${detail}; ${doubt}`}
    : {name, isOk: false, detail};
}

/**
 * What speaks against the order of `first`. Nothing does where the errors of three rates, ∝ α^(p+1), have one p, by the
 * ratio over one way and by the growth with α, and are small beside the step. Noise, jumps of the gradient and rates that
 * are far too great show two.
 */
async function doubtOf(first: Paths, pathEnd: PathEnd): Promise<string | undefined> {
  const second = await pathsOf(pathEnd, 2 * first.rate);
  const third = await pathsOf(pathEnd, 4 * first.rate);
  const growths = [second.coarse / first.coarse, third.coarse / second.coarse];
  const orders = [...[first, second, third].map(orderOf), ...growths.map(each => Math.log2(each) - 1)];
  const [least, most] = [Math.min(...orders), Math.max(...orders)];
  const isSmall = third.coarse <= 0.1 * distance(second.end, third.end);
  if (isSmall && least > 0.75 && most - least <= 0.3) return undefined;
  return 'other rates show another: it is noise, or the rate is far too great';
}

async function pathsOf(pathEnd: PathEnd, rate: number): Promise<Paths> {
  const end = await pathEnd(rate, 1);
  const half = await pathEnd(rate / 2, 2);
  const quarter = await pathEnd(rate / 4, 4);
  return {rate, end, coarse: distance(end, half), fine: distance(half, quarter)};
}

function orderOf({coarse, fine}: Paths): number {
  return Math.log2(coarse / fine);
}

function distance(a: Float64Array, b: Float64Array): number {
  return norm(a.map((value, i) => value - b[i]!));
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
