import type {Run} from './run.js';

/** Several runs side by side, each a batch in turn, so that none is ahead of another. */
export class Training {
  isPaused = false;
  private isStopped = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly runs: readonly Run[],
    /** Is awaited after each round: the page's time. */
    private readonly shown: () => Promise<void>,
  ) {}

  /** Trains all to their ends, or until `stop`. */
  async finish(): Promise<void> {
    const seats = this.runs.map(run => new Seat(run));
    for (let open = seats; open.length > 0; open = open.filter(({run}) => !run.isOver)) {
      for (const seat of open) await seat.goOn(!this.isStopped);
      await this.shown();
      while (this.isPaused && !this.isStopped)
        await new Promise<void>(resolve => {
          this.wake = resolve;
        });
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.wake?.();
  }

  stop(): void {
    this.isStopped = true;
    this.wake?.();
  }
}

/** A run that waits for its turn, takes a batch, and waits again. */
class Seat {
  private answer: ((goesOn: boolean) => void) | undefined;
  private arrive!: () => void;
  private arrival = this.nextArrival();

  constructor(readonly run: Run) {
    const turn = () =>
      new Promise<boolean>(resolve => {
        this.answer = resolve;
        this.arrive();
      });
    void run.train(turn).then(() => this.arrive());
  }

  /** One batch, or the end: returns when the run waits again, or is over. */
  async goOn(goesOn: boolean): Promise<void> {
    await this.arrival;
    if (this.run.isOver) return;
    this.arrival = this.nextArrival();
    this.answer?.(goesOn);
    await this.arrival;
  }

  private nextArrival(): Promise<void> {
    return new Promise(resolve => {
      this.arrive = resolve;
    });
  }
}
