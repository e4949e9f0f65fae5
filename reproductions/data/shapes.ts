/** Whether a shape covers a place, given as −1 to 1 from its left to its right and from its top to its bottom. */
export type Shape = (u: number, v: number) => boolean;

const inner = 0.45;

/** What the generated images show; the place in this list is the class. */
export const shapes: readonly Shape[] = [
  function square() {
    return true;
  },
  function frame(u, v) {
    return Math.max(Math.abs(u), Math.abs(v)) > inner;
  },
  function disc(u, v) {
    return u * u + v * v < 0.9;
  },
  function ring(u, v) {
    return u * u + v * v < 1.1 && u * u + v * v > inner;
  },
  function plus(u, v) {
    return Math.min(Math.abs(u), Math.abs(v)) < 0.3;
  },
  function cross(u, v) {
    return Math.abs(Math.abs(u) - Math.abs(v)) < 0.35;
  },
  function rows(_, v) {
    return Math.abs(v) > inner;
  },
  function columns(u) {
    return Math.abs(u) > inner;
  },
  function falling(u, v) {
    return Math.abs(u - v) < 0.5;
  },
  function rising(u, v) {
    return Math.abs(u + v) < 0.5;
  },
];
