/** Words that follow one another, and of each the word that comes next. */
export interface Window {
  readonly input: Int32Array;
  readonly target: Int32Array;
}

/** A text cut into windows, one after the other; what does not fill the last is left out. */
export function windowsOf(text: Int32Array, length: number): Window[] {
  return Array.from({length: Math.floor((text.length - 1) / length)}, (_, i) => ({
    input: text.subarray(i * length, (i + 1) * length),
    target: text.subarray(i * length + 1, (i + 1) * length + 1),
  }));
}
