/** What stands for a secret in a text. */
export const MASK = '…';

/** A part of a text: from the first character to the one after the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The text with a mask in place of each span. Spans come in order and do not overlap; empty ones are left out. */
export function masked(text: string, spans: Iterable<Span>): string {
  const parts: string[] = [];
  let end = 0;
  for (const { from, to } of spans) {
    if (to <= from) continue;
    parts.push(text.slice(end, from), MASK);
    end = to;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(end);
}

/** Where a sticky or global pattern matches at a place, or `null`. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
