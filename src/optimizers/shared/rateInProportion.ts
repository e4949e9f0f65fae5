/** An own rate, changed in proportion to what the main one has become of what was planned. */
export function rateInProportion(own: number, main: {readonly planned: number; readonly actual: number}) {
  return main.planned === 0 ? own : own * (main.actual / main.planned);
}
