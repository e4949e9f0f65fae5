import {flag, oneOf} from '../../inject/options.js';
import {momentSpecs} from './momentOptions.js';

/** What the options of Adam must be; AdamW has other defaults. */
export const adamSpecs = {
  ...momentSpecs,
  epsilonOn: oneOf('corrected', 'corrected', 'uncorrected'),
  amsgrad: flag(false),
  amsgradOn: oneOf('uncorrected', 'corrected', 'uncorrected'),
};
