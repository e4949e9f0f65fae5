/** What is above it in absolute value, or NaN, is not finite in a kernel. */
export const largestFloat32 = (2 - 2 ** -23) * 2 ** 127;
