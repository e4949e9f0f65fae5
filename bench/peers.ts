/** Other libraries, which take steps of Adam when asked to. */
export interface Peers {
  /** Each one's version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Takes steps, and gives the milliseconds that they took. */
  take(name: string, shapes: readonly (readonly number[])[], steps: number): Promise<number>;
  /** Frees what was made for the steps so far. */
  forget(): void;
  close(): void;
}
