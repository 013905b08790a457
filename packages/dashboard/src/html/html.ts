/** What may stand in a template: text is escaped, `null` and `false` are left out, lists are joined. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Text that is safe as HTML. Only {@link html} creates it. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  static is(value: unknown): value is Html {
    return typeof value === 'object' && value !== null && #text in value;
  }
}

/**
 * Returns HTML from a template. Every value is escaped, in text and in quoted attributes, unless it is itself the
 * result of a template: no data can become markup.
 */
export function html(markup: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = withoutIndentation(markup);
  let text = parts[0]!;
  for (const [index, value] of values.entries()) text += written(value) + parts[index + 1]!;
  return new Html(text);
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The indentation of the source is not sent; line breaks stay, since they separate words. */
function withoutIndentation(markup: TemplateStringsArray): readonly string[] {
  const before = known.get(markup);
  if (before) return before;
  const parts = markup.map((part) => part.replace(/\s*\n\s*/g, '\n'));
  known.set(markup, parts);
  return parts;
}

function written(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(written).join('');
  return Html.is(value) ? value.toString() : escaped(String(value));
}

function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
