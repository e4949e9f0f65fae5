import {flag, oneOf} from '../../inject/options.js';
import {adamKinSpecs} from './adamKinSpecs.js';

/** What the options of Adam must be; AdamW has other defaults. */
export const adamSpecs = {
  ...adamKinSpecs(),
  epsilonOn: oneOf('corrected', 'corrected', 'uncorrected'),
  amsgrad: flag(false),
  amsgradOn: oneOf('uncorrected', 'corrected', 'uncorrected'),
};
