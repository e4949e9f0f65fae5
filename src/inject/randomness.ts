/**
 * Random layers draw through `Math.random` (tfjs seeds a generator with one
 * call of it per mask). For the duration of one loss evaluation it is replaced:
 * to record the draws, to replay them in later phases, or to make them follow
 * from a seed.
 */
export type Source = () => number;

/** Runs `body` with `Math.random` replaced by `source`. */
export function withRandom<T>(source: Source, body: () => T): T {
  const native = Math.random;
  Math.random = source;
  try {
    return body();
  } finally {
    Math.random = native;
  }
}

/** Draws of one evaluation: the first run records them, every later run gives the same, and goes on fresh after the last. */
export class Draws {
  /** @param recorded those that an earlier run has drawn. */
  constructor(
    private readonly source: Source,
    readonly recorded: number[] = [],
  ) {}

  /** A source that begins at the first draw. */
  fromStart(): Source {
    let next = 0;
    return () => {
      if (next === this.recorded.length) this.recorded.push(this.source());
      return this.recorded[next++]!;
    };
  }
}

/**
 * Uniform numbers in [0, 1) with 53 bits that follow from the given integers
 * alone: the state is their hash, the generator sfc32.
 *
 * @see Chris Doty-Humphrey, PractRand, "sfc32"
 */
export function seededSource(...seeds: number[]): Source {
  const state = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]);
  let [a, b, c, counter] = state as unknown as [number, number, number, number];
  const next32 = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (const seed of seeds) {
    // Both halves of the double count, so that seeds above 2³² stay distinct.
    a ^= seed | 0;
    b ^= Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) next32();
  }
  return () => (next32() * 2 ** 21 + (next32() >>> 11)) / 2 ** 53;
}
