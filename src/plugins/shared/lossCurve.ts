/** How a loss changes as the learning rate grows: an exponential mean, free of the bias of its start at 0. */
export class LossCurve {
  readonly rates: number[] = [];
  readonly losses: number[] = [];
  private sum = 0;
  private best = Number.POSITIVE_INFINITY;

  constructor(
    private readonly smoothing: number,
    private readonly divergeAt: number,
  ) {}

  /** @returns whether the loss goes on: it is finite, and its mean has not left the best one too far behind. */
  add(rate: number, loss: number): boolean {
    const {divergeAt, smoothing} = this;
    if (!Number.isFinite(loss)) return false;
    this.sum = this.sum * smoothing + loss * (1 - smoothing);
    const mean = this.sum / (1 - smoothing ** (this.rates.length + 1));
    this.rates.push(rate);
    this.losses.push(mean);
    this.best = Math.min(this.best, mean);
    // Where the best is above 0, divergeAt times that.
    return mean <= this.best + (divergeAt - 1) * Math.abs(this.best);
  }
}
