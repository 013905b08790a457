import { isPlural, isSecretName, isSecretParameter, isWholeLine } from './secret-names.ts';
import { matchAt, type Span } from './spans.ts';
import { startOfLoginAround } from './urls.ts';
import { bareValue, bracketedValue, parenthesizedValue, quotedValue, restOfLine } from './values.ts';

const SEPARATOR = /[=:]|%3[ad]/gi;
/**
 * Between a separator and its value: `=>`, spaces, YAML's block indicators, and a line break before a value on its own
 * line.
 */
const GAP =
  /[=>]{0,2}[ \t]{0,16}(?:[|>][+-]?(?=[\r\n]))?(?:(?:\r?\n|\\{1,15}r?\\{0,15}n)[ \t]{0,64}(?=[\\"'`]|\S{1,512}[ \t]{0,16}(?:[\r\n]|$)))?/y;
const KNOWN_SCHEME = /(?:bearer|basic|token|bot|apikey|negotiate|ntlm)[ \t]{1,8}(?=\S)/iy;
const KEY_OF_TWO_WORDS =
  /(?:api|access|secret|private|signing|encryption|account|shared|master|auth)[ _-]key$/i;
const LONGEST_NAME = 128;
const LONGEST_GROUP = 256;

/** Values that are never secrets, whatever their name: common words of messages and placeholders. */
const HARMLESS =
  /^(?:null|nil|undefined|none|true|false|string|number|boolean|object|missing|required|optional|invalid|expired|empty|unknown|unset|wrong|incorrect|malformed|revoked|rejected|denied|refused|failed|unexpected|not|no|is|was|has|must|cannot|could|does|the|a|an|it|at|for|in|of|\$\d{1,4}|\?|%s|\*+|…|\[?redacted\]?|<\w{1,32}>)$/i;

/**
 * Finds values whose name is that of a secret (password, token and so on): `name=value`, `name: value`, JSON, headers,
 * queries.
 */
export function* assignedSecrets(text: string): Generator<Span> {
  const separators = new RegExp(SEPARATOR);
  for (let found = separators.exec(text); found; found = separators.exec(text)) {
    const name = nameBefore(text, found.index);
    if (name === null) continue;
    const value = valueAfter(text, separators.lastIndex, name.text);
    if (!value) continue;
    yield { from: startOfLoginAround(text, name.at, value) ?? value.from, to: value.to };
    separators.lastIndex = Math.max(separators.lastIndex, value.to);
  }
}

/** Finds values after a command-line option, and after SQL's `PASSWORD`: `--token value`, `PASSWORD 'value'`. */
export function* optionSecrets(text: string): Generator<Span> {
  const options =
    /(?<![\w-])--([A-Za-z][\w-]{0,63})[ \t]{1,8}(?=[^\s-])|\b(?:password|identified by)\s{1,8}(?=['"])/gi;
  for (let found = options.exec(text); found; found = options.exec(text)) {
    if (found[1] !== undefined && !isSecretName(found[1])) continue;
    const value = quotedValue(text, options.lastIndex) ?? bareValue(text, options.lastIndex);
    yield value;
    options.lastIndex = Math.max(options.lastIndex, value.to);
  }
}

/** Finds the text of XML elements whose name is that of a secret. */
export function* elementSecrets(text: string): Generator<Span> {
  const elements = /<([\w:.-]{1,64})(?:\s[^<>]{0,256})?>(?=([^<]*)<\/)/g;
  for (let found = elements.exec(text); found; found = elements.exec(text)) {
    if (!isSecretName(found[1]!.slice(found[1]!.lastIndexOf(':') + 1))) continue;
    yield { from: elements.lastIndex, to: elements.lastIndex + found[2]!.length };
    elements.lastIndex += found[2]!.length;
  }
}

interface Name {
  readonly text: string;
  readonly at: number;
}

/** Returns the name of a secret that ends before a separator; `null` if there is none. */
function nameBefore(text: string, separator: number): Name | null {
  let end = backOver(text, separator, /[ \t]/, 16);
  if (text[end - 1] === ')') return secretInGroup(text, end - 1);
  end = backOver(text, end, /[\\"'`\]?!]/, 16);
  const start = backOver(text, end, /[\w$.-]/, LONGEST_NAME);
  const name = { text: text.slice(start, end), at: start };
  if (name.text === '') return null;
  if (isInQuery(text, start) ? isSecretParameter(name.text) : isSecretName(name.text)) return name;
  const isKey = /key$/i.test(name.text) && KEY_OF_TWO_WORDS.test(text.slice(Math.max(0, end - 24), end));
  return isKey ? name : null;
}

function isInQuery(text: string, nameAt: number): boolean {
  return text[nameAt - 1] === '?' || text[nameAt - 1] === '&';
}

/** Returns the name of a secret among those in the parentheses before a separator: `(user_id, token)`. */
function secretInGroup(text: string, closing: number): Name | null {
  const group = text.slice(Math.max(0, closing - LONGEST_GROUP), closing);
  const names = group.slice(group.lastIndexOf('(') + 1).split(/[\s,"']+/);
  const name = names.find(isSecretName);
  return name === undefined ? null : { text: name, at: closing };
}

function valueAfter(text: string, at: number, name: string): Span | null {
  // Skip the scheme of a URL, and the cast of a column.
  if (text[at - 1] === ':' && (text.startsWith('//', at) || text[at] === ':' || text[at - 2] === ':'))
    return null;
  const start = at + (matchAt(GAP, text, at)?.[0].length ?? 0);
  const enclosed = quotedValue(text, start) ?? bracketedValue(text, start) ?? parenthesizedValue(text, start);
  if (enclosed) return enclosed;
  const value = bareValue(text, start);
  const shown = text.slice(value.from, value.to);
  if (shown === '' || HARMLESS.test(shown)) return null;
  if (isPlural(name) && /^\d{1,9}$/.test(shown)) return null;
  if (/^(?:old)?pwd$/i.test(name) && shown.startsWith('/')) return null;
  return isWholeLine(name) ? headerValue(text, start) : value;
}

/** Returns the value of a header; that of `Authorization` ends with its token if the scheme is known. */
function headerValue(text: string, at: number): Span {
  const scheme = matchAt(KNOWN_SCHEME, text, at);
  return scheme ? { from: at, to: bareValue(text, at + scheme[0].length).to } : restOfLine(text, at);
}

/**
 * Returns the start of the run of characters of one kind that ends at `end`; searches back at most `most` characters.
 */
function backOver(text: string, end: number, kind: RegExp, most: number): number {
  let start = end;
  while (start > 0 && end - start < most && kind.test(text[start - 1]!)) start -= 1;
  return start;
}
