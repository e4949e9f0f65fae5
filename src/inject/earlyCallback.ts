/** What `fit` awaits between batches; the moments at which there is nothing to do are left out. */
export type FitCallback = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Offer {
  readonly callback: FitCallback;
  isTaken: boolean;
}

/** By the model that trains, from the call of `fit` until its callbacks are told which model it is. */
const offers = new WeakMap<object, Offer>();

/**
 * TensorFlow.js calls the callbacks of users after the progress bar, which so would not know what a plugin writes
 * into the logs. This one is registered below the bar's level of verbosity, which makes it come first in every `fit`.
 * It does the work of the model's own callback, where it has one.
 */
export class EarlyCallback {
  private callback: FitCallback | undefined;

  setParams(): void {}

  setModel(model: object): void {
    const offer = offers.get(model);
    if (offer) offer.isTaken = true;
    this.callback = offer?.callback;
  }

  async onTrainBegin(): Promise<void> {}

  async onBatchBegin(): Promise<void> {}

  async onEpochBegin(...args: unknown[]): Promise<void> {
    await this.callback?.onEpochBegin?.(...(args as never[]));
  }

  async onBatchEnd(...args: unknown[]): Promise<void> {
    await this.callback?.onBatchEnd?.(...(args as never[]));
  }

  async onEpochEnd(...args: unknown[]): Promise<void> {
    await this.callback?.onEpochEnd?.(...(args as never[]));
  }

  async onTrainEnd(...args: unknown[]): Promise<void> {
    await this.callback?.onTrainEnd?.(...(args as never[]));
  }
}

/** Offers a callback to the early one, and gives what stands among those of the user: it does the work where none came earlier. */
export function offerEarly(model: object, callback: FitCallback): FitCallback {
  const offer: Offer = {callback, isTaken: false};
  offers.set(model, offer);
  const whereNotTaken = Object.entries(callback).map(([name, act]) => [
    name,
    (...args: never[]) => (offer.isTaken ? undefined : act(...args)),
  ]);
  return Object.fromEntries(whereNotTaken);
}

/** After `fit`, which may have thrown before it told any callback of its model. */
export function withdraw(model: object): void {
  offers.delete(model);
}
