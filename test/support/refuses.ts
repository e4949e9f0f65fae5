import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {InjectError, type InjectErrorCode} from '../../src/index.js';

/** Expects an InjectError with `code`, whose message has all `words`, and which leaves the number of tensors as it was. */
export async function refuses(
  code: InjectErrorCode,
  words: readonly string[],
  body: () => unknown,
  lost = 0,
): Promise<void> {
  const {numTensors} = tf.memory();
  let error: unknown;
  try {
    await body();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).to.be.instanceOf(InjectError);
  const {message} = error as InjectError;
  expect((error as InjectError).code, message).to.equal(code);
  expect(message.startsWith(`${code}: `)).to.equal(true);
  for (const word of words) expect(message).to.contain(word);
  expect(tf.memory().numTensors - numTensors, 'tensors').to.equal(lost);
}
