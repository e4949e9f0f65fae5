const prime1 = 0x9e3779b1 | 0;
const prime2 = 0x85ebca77 | 0;
const prime3 = 0xc2b2ae3d | 0;
const prime4 = 0x27d4eb2f | 0;
const prime5 = 0x165667b1 | 0;

const rotated = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number) =>
  Math.imul(rotated((lane + Math.imul(word, prime2)) | 0, 13), prime1);

/**
 * A checksum against damage, not against forgery: every change of a single word changes it.
 *
 * @param bytes from the beginning of their buffer, or from a multiple of four there.
 * @see Yann Collet, "xxHash fast digest algorithm", specification 0.1.1, XXH32
 */
export function xxh32(bytes: Uint8Array, seed = 0): number {
  const {length} = bytes;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >>> 2);
  const striped = (length >>> 4) << 2;
  let hash = (seed + prime5) | 0;
  if (striped > 0) {
    let a = (seed + prime1 + prime2) | 0;
    let b = (seed + prime2) | 0;
    let c = seed | 0;
    let d = (seed - prime1) | 0;
    for (let i = 0; i < striped; i += 4) {
      a = round(a, words[i]!);
      b = round(b, words[i + 1]!);
      c = round(c, words[i + 2]!);
      d = round(d, words[i + 3]!);
    }
    hash = (rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18)) | 0;
  }
  hash = (hash + length) | 0;
  for (let i = striped; i < words.length; i++)
    hash = Math.imul(rotated((hash + Math.imul(words[i]!, prime3)) | 0, 17), prime4);
  for (let i = words.length * 4; i < length; i++)
    hash = Math.imul(rotated((hash + Math.imul(bytes[i]!, prime5)) | 0, 11), prime1);
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
