import {Adam} from '../../src/index.js';
import type {Case} from './case.js';
import {Field} from './field.js';
import {shapes} from './shapes.js';
import {updates} from './updates.js';

/** Adam's update against other libraries' on the same machine: those that the Python which was given has. */
export const peerCases = (names: readonly string[]): readonly Case[] =>
  names.flatMap(name =>
    Object.entries(shapes).map(
      ([shape, over]): Case => ({
        group: `peers: ${name}`,
        name: shape,
        prepare(environment) {
          const [field, optimizer] = [new Field(over), new Adam()];
          const {peers} = environment;
          return {
            ours: updates(optimizer, field, environment),
            theirs: steps => peers!.take(name, over, steps),
            dispose() {
              optimizer.dispose();
              field.dispose();
              peers!.forget();
            },
          };
        },
      }),
    ),
  );
