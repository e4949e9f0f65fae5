const bits = new Int32Array(1);
const single = new Float32Array(bits.buffer);

/** How many float32 numbers one is from the other; a NaN is none from a NaN, and infinitely many from all else. */
export function ulps(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  return Math.abs(place(a) - place(b));
}

/** A number's place in the order of all float32 numbers; 0 and −0 have the same. */
function place(value: number): number {
  single[0] = value;
  return bits[0]! < 0 ? -0x80000000 - bits[0]! : bits[0]!;
}
