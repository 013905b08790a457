import { InvalidOptionError, instant, type Instant } from '@gamekeeper/core';
import { storableText } from '@gamekeeper/core/engine';

const MOST_CHARACTERS = 500;

/** The parameters of a page, from its address or its form. They come from anybody, so each is checked. */
export class Parameters {
  readonly #given: URLSearchParams;

  constructor(given: URLSearchParams) {
    this.#given = given;
  }

  /**
   * Returns a text; `null` if it is missing or empty.
   *
   * @throws {InvalidOptionError} if it is too long, or no store could keep it
   */
  text(name: string, most: number = MOST_CHARACTERS): string | null {
    const value = this.#given.get(name)?.trim() ?? '';
    if (value === '') return null;
    return storableText(name, value, `must be text of at most ${most} characters`, { most });
  }

  /** @throws {InvalidOptionError} also if it is missing */
  required(name: string, most?: number): string {
    const value = this.text(name, most);
    if (value === null) throw new InvalidOptionError(name, value, 'must be in the address or the form');
    return value;
  }

  /** @throws {InvalidInstantError} if it is not an instant */
  instant(name: string): Instant | null {
    const value = this.text(name);
    return value === null ? null : instant(value);
  }

  /** @throws {InvalidOptionError} {@link InvalidInstantError} */
  requiredInstant(name: string): Instant {
    return instant(this.required(name));
  }

  /** Returns the parameters with these names as text, the same for every order and for unknown ones. */
  canonical(names: readonly string[]): string {
    return JSON.stringify(names.map((name) => this.text(name)));
  }
}
