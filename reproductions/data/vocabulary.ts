export const unknown = '<unk>';
export const end = '<eos>';

/** Words by number; whatever else a text holds is unknown. */
export class Vocabulary {
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(readonly words: readonly string[]) {
    this.#numbers = new Map(words.map((word, i) => [word, i]));
  }

  /**
   * The most frequent words of a text, those for the unknown and for the end of a line among them. Of equally frequent
   * words the first in the order of their letters is taken.
   */
  static of(text: readonly string[], size: number): Vocabulary {
    const counts = new Map<string, number>();
    for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const word of [unknown, end]) counts.delete(word);
    const byFrequency = [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : a > b ? 1 : 0));
    return new Vocabulary([unknown, end, ...byFrequency.slice(0, size - 2).map(([word]) => word)]);
  }

  get size(): number {
    return this.words.length;
  }

  numbersOf(text: readonly string[]): Int32Array {
    return Int32Array.from(text, word => this.#numbers.get(word) ?? this.#numbers.get(unknown)!);
  }
}
