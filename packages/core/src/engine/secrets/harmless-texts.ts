const MOST_TEXTS = 1_000;
const MOST_CHARACTERS = 100;

/**
 * Short texts in which no secret was found. Log lines repeat their messages, the names of their fields and of jobs, and
 * each of them need be searched only once.
 */
export class HarmlessTexts {
  readonly #texts = new Set<string>();

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Keeps a copy: a part of a long text would keep the whole text in memory. */
  add(text: string): void {
    if (text.length > MOST_CHARACTERS) return;
    if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
    this.#texts.add(JSON.parse(JSON.stringify(text)) as string);
  }
}
