import { MAX_ID_BYTES } from '@gamekeeper/core';

const longest = 'x'.repeat(MAX_ID_BYTES - 1);

/**
 * Valid and distinct ids that are easily confused with one another or with something else: by collations and case,
 * Unicode normalisation, escapes, list and JSON syntax, key separators, numbers, names of JavaScript's own properties.
 */
export const awkwardIds: readonly string[] = [
  ['a', 'A', 'a ', ' a', 'a\t', 'a\n', 'a\r\n', 'á', 'a\u0301', 'ß', 'ss', 'ﬁ', 'fi', 'İ', 'i'],
  ['a:b', ':a', 'a:', ':', '::', 'a~b', '~', 'a|b', 'a,b', 'a b', '2026-11-24:a', 'quiz:a'],
  ['{a,b}', '{}', '{"a"}', '"a"', "'a'", "a''", '\\', '\\\\', '\\a', '\\x61', '\\u0061', '$1', '?', '%', '_'],
  ['null', 'NULL', 'undefined', 'true', '0', '-0', '00', '1', '1.0', '1e0', 'NaN', '[]'],
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ['שלום', 'مرحبا', '\u202eabc', 'abc\u202c', 'a\ufeff', 'a\u200d', 'a\u200b', '\u0001', '\u007f', '\u0085'],
  [
    '\u{1F3AE}',
    '\u{1F469}\u200d\u{1F680}',
    '\u{1F468}\u200d\u{1F680}',
    '\u{10FFFF}',
    '\uFFFD',
    '\uFFFF',
    '語',
  ],
  [`${longest}y`, `${longest}z`],
].flat();

/** Pairs of a player's id and a key that give the same text when joined. */
export const awkwardPairs: readonly (readonly [string, string])[] = [
  ['a', 'b:c'],
  ['a:b', 'c'],
  ['a b', 'c'],
  ['a', 'b c'],
  ['a,b', 'c'],
  ['a', 'b,c'],
  ['a"', 'b'],
  ['a', '"b'],
  ['ab', 'c'],
  ['a', 'bc'],
];
