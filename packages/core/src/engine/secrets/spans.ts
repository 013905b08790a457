/** The text that replaces a secret. */
export const MASK = '…';

/** A part of a text: from its first character to the one after its last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the text with a mask in place of each span. Spans must be in order and must not overlap; empty ones are
 * skipped.
 */
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

/** Returns the match of a sticky or global pattern at a position, or `null`. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
