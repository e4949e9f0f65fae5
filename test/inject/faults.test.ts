import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'chai';
import {faultyOptimizers, isAfterCommit, type Rig, rig} from '../support/faultRigs.js';
import {countsOf, stateOf} from '../support/stateOf.js';
import {withoutKernels} from '../support/withoutKernels.js';

const kinds = ['BatchNorm and dropout', 'a stateful RNN'] as const;

async function caught(body: () => Promise<unknown>): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}

for (const [kind, isRead] of kinds.flatMap(kind => [[kind, false] as const, [kind, true] as const])) {
  describe(`a throw in a step${isRead ? ' whose rules are read over tensors' : ''}, on a model with ${kind}`, () => {
    if (isRead) withoutKernels();
    const shape = kind === 'a stateful RNN' ? [4, 2, 2] : [4, 2];
    const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
    const y = tf.randomNormal([4, 1], 0, 1, 'float32', 2);
    const train = ({model}: Rig) => model.trainOnBatch(x, y);

    for (const name of Object.keys(faultyOptimizers)) {
      it(`before the commit leaves everything as it was, and training goes on as if it had not been: ${name}`, async () => {
        const [twin, rigged] = [rig(name, kind), rig(name, kind)];
        const native = Math.random;
        // The first step makes the slots of tf.train.*, the second finds them.
        for (const _ of [1, 2]) {
          twin.bomb.arm(0);
          await train(twin);
          const {places} = twin.bomb;
          for (const [index, place] of places.entries()) {
            if (isAfterCommit(place, places)) continue;
            const [state, counts] = [stateOf(rigged.model, rigged.injection), countsOf(rigged.model)];
            rigged.bomb.arm(index + 1);
            const at = `at ${place} (place ${index + 1} of ${places.length})`;
            expect(await caught(() => train(rigged)), at).to.equal(rigged.bomb.error);
            expect(rigged.bomb.places.at(-1)).to.equal(place);
            expect(stateOf(rigged.model, rigged.injection), at).to.deep.equal(state);
            expect(countsOf(rigged.model), at).to.deep.equal(counts);
            expect(Math.random).to.equal(native);
          }
          rigged.bomb.arm(0);
          await train(rigged);
          expect(stateOf(rigged.model, rigged.injection)).to.deep.equal(stateOf(twin.model, twin.injection));
        }
      });

      it(`after the commit leaves the completed step, and never half of a plugin's update: ${name}`, async () => {
        const places = await placesOf(name);
        for (const [index, place] of places.entries()) {
          if (!isAfterCommit(place, places)) continue;
          const [twin, rigged] = [rig(name, kind), rig(name, kind)];
          for (const {model} of [twin, rigged]) await model.trainOnBatch(x, y);
          const former = stateOf(rigged.model, rigged.injection);
          let committed: string[] = [];
          rigged.injection.hooks.afterPhase.intercept({
            call: () => {
              committed = stateOf(rigged.model, rigged.injection).weights;
            },
          });
          const counts = countsOf(rigged.model);
          rigged.bomb.arm(index + 1);
          await train(twin);
          expect(await caught(() => train(rigged)), place).to.equal(rigged.bomb.error);

          const state = stateOf(rigged.model, rigged.injection);
          const completed = stateOf(twin.model, twin.injection);
          const isSynced = !name.includes('Lookahead') || /afterStep, last|afterBatch/.test(place);
          if (isSynced) expect(state, place).to.deep.equal(completed);
          else {
            expect(state.weights, place).to.deep.equal(committed);
            expect(state.weights).not.to.deep.equal(former.weights);
            expect(state.iterations).to.equal(former.iterations + 1);
            expect(state.plugins).to.deep.equal(former.plugins);
            expect(slowOf(state)).to.deep.equal(slowOf(former));
          }
          // A stateful RNN natively keeps two more tensors a batch.
          const grown = kind === 'a stateful RNN' ? 1 : 0;
          expect(countsOf(rigged.model).numTensors - counts.numTensors, place).to.be.within(0, 2 * grown);
          expect(countsOf(rigged.model).metrics).to.equal(counts.metrics);
          if (!isSynced) continue;
          for (const {bomb, model} of [twin, rigged]) {
            bomb.arm(0);
            await model.trainOnBatch(x, y);
          }
          expect(stateOf(rigged.model, rigged.injection)).to.deep.equal(stateOf(twin.model, twin.injection));
        }
      });
    }

    async function placesOf(name: string): Promise<string[]> {
      const trial = rig(name, kind);
      await train(trial);
      return trial.bomb.places;
    }
  });
}

function slowOf({slots}: {slots: Record<string, string>}): string[] {
  return Object.keys(slots).flatMap(name => (name.startsWith('Lookahead/slow') ? [slots[name]!] : []));
}
