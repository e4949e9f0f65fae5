/** Which of the segments between rising boundaries a step is in: a boundary belongs to what begins there. */
export function segmentAt(boundaries: readonly number[], iterations: number): number {
  let segment = 0;
  while (segment < boundaries.length && iterations >= boundaries[segment]!) segment++;
  return segment;
}
