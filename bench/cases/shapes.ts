/** Lists of weights' shapes, by the name that tables show. */
export const shapes: Readonly<Record<string, readonly (readonly number[])[]>> = {
  '6 tensors, 1.86 M': [[784, 1024], [1024], [1024, 1024], [1024], [1024, 10], [10]],
  '64 tensors, 133 k': Array.from({length: 64}, (_, i) => (i % 2 === 0 ? [64, 64] : [64])),
  'one of 10 M': [[10_000_000]],
  '1,000 of 64': Array.from({length: 1000}, () => [64]),
};

export const [big, small] = Object.values(shapes) as [
  readonly (readonly number[])[],
  readonly (readonly number[])[],
];

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
