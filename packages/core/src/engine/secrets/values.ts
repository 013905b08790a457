import { matchAt, type Span } from './spans.ts';

/** A quote, with preceding backslashes if the text is nested in another quoted text. */
const OPENING = /(\\{0,15})(["'`])/y;
/** What follows a quote that ends a value. If anything else follows, the quote is part of the value. */
const AFTER_CLOSING = /$|[\s,;)\]}>&|"'`\\]|[.:!?](?=$|[\s"'])/y;
/** The end of an unquoted value if another named value follows at once: `","job":`, `;x=`. */
const NEXT_NAME = /[\\"'`)\]}]{0,16}[,;&]\s?(?:[\w.$-]{1,64}=|[\\"'`{[]{1,16}[\w.$ -]{1,64}[\\"'`]{1,16}:)/y;
/** Characters at which an unquoted value cannot end. */
const PLAIN = /[^\s\\"'`)\]},;&]*/y;
const PLAIN_LINE = /[^\r\n\\"'`]*/y;
/** Characters that close the text around an unquoted value. */
const CLOSERS = '\\"\'`)]},;.:';
/** The end of a header in a quoted text. */
const END_OF_QUOTE = /[\\]{0,15}["'`](?=\s*(?:[}\])]|,\s*[\\"'`{[]|$))/y;

/**
 * Returns the quoted value that begins at a position, without its quotes; it extends to the end of the text if the
 * quote is not closed.
 */
export function quotedValue(text: string, at: number): Span | null {
  const opening = matchAt(OPENING, text, at);
  if (!opening) return null;
  const [all, { length: depth }, quote] = opening as unknown as readonly [string, string, string];
  const from = at + all.length;
  for (let end = text.indexOf(quote, from); end >= 0; end = text.indexOf(quote, end + 1)) {
    const backslashes = runOfBackslashes(text, end, from);
    const inner = backslashes % (2 * (depth + 1)) !== depth && backslashes >= depth;
    if (inner) continue;
    if (depth === 0 && end > from && text[end + 1] === quote) {
      // A doubled quote, as in SQL.
      end += 1;
      continue;
    }
    if (matchAt(AFTER_CLOSING, text, end + 1)) return { from, to: end - Math.min(depth, backslashes) };
  }
  return { from, to: text.length };
}

/** Returns the unquoted value that begins at a position: up to the next space or closing character. */
export function bareValue(text: string, at: number): Span {
  return { from: at, to: withoutClosers(text, at, endOfRun(text, at)) };
}

/** Returns the end of the run without spaces that begins at a position. */
export function endOfRun(text: string, at: number): number {
  let end = at;
  for (;;) {
    end += matchAt(PLAIN, text, end)?.[0].length ?? 0;
    if (end >= text.length || /\s/.test(text[end]!) || matchAt(NEXT_NAME, text, end)) return end;
    end += 1;
  }
}

/** Returns the rest of the line, or of the quoted text that contains the line. */
export function restOfLine(text: string, at: number): Span {
  let end = at;
  for (;;) {
    end += matchAt(PLAIN_LINE, text, end)?.[0].length ?? 0;
    const isEnd = end >= text.length || text[end] === '\n' || text[end] === '\r';
    if (isEnd || matchAt(END_OF_QUOTE, text, end)) return { from: at, to: end };
    end += 1;
  }
}

/** Returns the whole list or object that begins at a position; `null` for a bracket that opens neither. */
export function bracketedValue(text: string, at: number): Span | null {
  if (!matchAt(/[[{]\s{0,40}(?:[\\"'`]|[\w$]{1,64}\s?[:=])/y, text, at)) return null;
  let depth = 0;
  for (let end = at; end < text.length; end += 1) {
    if ('[{'.includes(text[end]!)) depth += 1;
    else if (']}'.includes(text[end]!) && --depth === 0) return { from: at, to: end + 1 };
  }
  return { from: at, to: text.length };
}

/**
 * Returns the content of the parentheses that begin at a position, as in PostgreSQL's `Key (token)=(value) already
 * exists.`
 */
export function parenthesizedValue(text: string, at: number): Span | null {
  if (text[at] !== '(') return null;
  for (let end = text.indexOf(')', at); end >= 0; end = text.indexOf(')', end + 1)) {
    if (matchAt(/$|[\s.,;"']/y, text, end + 1)) return { from: at + 1, to: end };
  }
  return { from: at + 1, to: text.length };
}

function withoutClosers(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && CLOSERS.includes(text[end - 1]!)) end -= 1;
  return end;
}

function runOfBackslashes(text: string, before: number, from: number): number {
  let start = before;
  while (start > from && text[start - 1] === '\\') start -= 1;
  return before - start;
}
