const numbers = new Float32Array(1);
const bits = new Int32Array(numbers.buffer);

/** How far two float32 numbers are apart, counted in float32 numbers; both zeros are one. NaN from a number: Infinity. */
export function ulps(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(placeOf(a) - placeOf(b));
}

/** A number's place in the order of all. */
function placeOf(value: number): number {
  numbers[0] = value;
  const place = bits[0]!;
  // Negative numbers have the sign bit, and else the order of positive ones.
  return place < 0 ? -(place & 0x7fffffff) : place;
}
