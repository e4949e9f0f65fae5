import {checkOptions, type OptionSpec, type OptionSpecs, type OptionsOf} from '../../inject/options.js';
import {registerSchedule, rememberOrigin, type Schedule} from '../../inject/savedSchedule.js';

type Specs = Readonly<Record<string, OptionSpec<unknown>>>;
type Given<S> = {[K in keyof S]: S[K] extends {isRequired: true} ? K : never}[keyof S];
type Shown<T> = {[K in keyof T]: T[K]};

/** The options that a schedule is called with: those that must be given, and the others. */
type Options<S extends Specs> = Shown<
  Pick<OptionsOf<S>, Given<S> & keyof OptionsOf<S>> & Partial<OptionsOf<S>>
>;

/**
 * A kind of schedule, of checked options, which can be saved and loaded by its name.
 *
 * @param formula receives the options with defaults filled in, and returns the function of the completed steps.
 */
export function schedule<S extends Specs>(
  name: string,
  specs: S,
  formula: (options: OptionsOf<S>) => Schedule,
): (options: Options<S>) => Schedule {
  const make = (options: Options<S>): Schedule => {
    const checked = checkOptions(
      `schedules.${name}`,
      options as Partial<OptionsOf<S>>,
      specs as unknown as OptionSpecs<OptionsOf<S>>,
    );
    const made = formula(checked);
    Object.defineProperty(made, 'name', {value: name});
    rememberOrigin(made, name, checked);
    return made;
  };
  registerSchedule(name, make);
  return make;
}
