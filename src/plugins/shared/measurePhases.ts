import type {Injection} from '../../inject/injection.js';
import {stages} from '../../inject/stages.js';
import type {WeightMap} from '../../inject/weight.js';
import type {Measuring} from './measuring.js';
import {type Named, normsOf, squaresOf} from './norms.js';

/** Measures what a phase shows: norms of its gradients, before and after clipping, and its loss. */
export function measurePhases({hooks}: Injection, {owner, means, asksFor, isMeasured, perWeight}: Measuring) {
  // Both are valid within one phase.
  let seen: {gradients: WeightMap; squares: WeightMap} | undefined;
  let entries: Named[] = [];
  const reset = () => {
    seen = undefined;
    entries = [];
  };
  const look = (name: string, stage: number) =>
    hooks.gradients.tap({name: owner, stage}, (gradients, {step, index}) => {
      if (!isMeasured(step)) return;
      if (seen?.gradients !== gradients) seen = {gradients, squares: squaresOf(gradients)};
      const inLogs = index === 0 ? name : `${name}Phase${index + 1}`;
      entries.push(...normsOf(inLogs, seen.squares, perWeight));
    });

  const looks = {
    before: asksFor('gradientNorm'),
    after: asksFor('clippedGradientNorm'),
    loss: asksFor('phaseLosses'),
  };
  if (!Object.values(looks).includes(true)) return;
  // What a step that threw has left.
  hooks.beforeStep.tap(owner, reset);
  if (looks.before) look('gradientNorm', stages.clip - 1);
  if (looks.after) look('clippedGradientNorm', stages.observe);
  hooks.afterPhase.tap({name: owner, stage: stages.observe}, ({step, index, loss}) => {
    if (!isMeasured(step)) return;
    if (looks.loss) entries.push([`lossPhase${index + 1}`, loss]);
    means.addScalars(entries, step);
    reset();
  });
}
