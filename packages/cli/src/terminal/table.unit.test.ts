import { instant } from '@gamekeeper/core';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { table, type Column } from './table.ts';
import { oneLine, formatDuration, formatInstant } from './format.ts';

interface Row {
  readonly job: string;
  readonly runs: number;
  readonly error: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'JOB', text: ({ job }) => job },
  { title: 'RUNS', text: ({ runs }) => String(runs), align: 'right' },
  { title: 'ERROR', text: ({ error }) => error, long: true },
];

const rows: readonly Row[] = [
  { job: 'streak-update', runs: 7, error: 'the disk of the database is full, as it was on Monday' },
  { job: 'session-cleanup', runs: 1_203, error: '' },
  { job: '寿司', runs: 3, error: 'wide characters take two columns' },
];

const plain = (text: string): string => text;
const drawn = (width: number | null): string => table(columns, rows, { width, paintTitle: plain });

describe('a table', () => {
  it('is as wide as its text without a terminal, or if the terminal is wide enough', () => {
    expect(drawn(null)).toMatchInlineSnapshot(`
      "JOB              RUNS  ERROR
      streak-update       7  the disk of the database is full, as it was on Monday
      session-cleanup  1203  -
      寿司                3  wide characters take two columns"
    `);
    expect(drawn(200)).toBe(drawn(null));
  });

  it('wraps long text at a narrow terminal', () => {
    expect(drawn(60)).toMatchInlineSnapshot(`
      "JOB              RUNS  ERROR
      streak-update       7  the disk of the database is full, as
                             it was on Monday
      session-cleanup  1203  -
      寿司                3  wide characters take two columns"
    `);
  });

  it('becomes one block per row at a very narrow terminal', () => {
    expect(drawn(30)).toMatchInlineSnapshot(`
      "streak-update
        RUNS   7
        ERROR  the disk of the database is full, as it was on Monday
      session-cleanup
        RUNS   1203
        ERROR  -
      寿司
        RUNS   3
        ERROR  wide characters take two columns"
    `);
  });

  it('keeps its columns if cells are coloured', () => {
    const painted = columns.map((column) => ({
      ...column,
      paint: (_row: Row, text: string) => `\u001b[31m${text}\u001b[39m`,
    }));
    const text = table(painted, rows, { width: null, paintTitle: plain });
    expect(stripVTControlCharacters(text).replaceAll(/ +$/gm, '')).toBe(drawn(null));
  });

  it('shows stored text on one line, without control sequences', () => {
    const error = 'first\n\tsecond \u001b]0;title\u0007\u001b[2Jthird\u009b31m\u0000';
    const [, line] = table(columns, [{ job: 'a', runs: 1, error }], { width: null, paintTitle: plain }).split(
      '\n',
    );
    expect(line).toMatch(/^a +1 {2}first second third/);
    expect(line).not.toMatch(/\p{Cc}/u);
  });
});

describe('words', () => {
  it.each([
    ['2026-11-24T12:00:00.000Z', '2026-11-24 12:00Z'],
    ['2026-11-24T12:00:05.000Z', '2026-11-24 12:00:05Z'],
    ['2026-11-24T12:00:05.123Z', '2026-11-24 12:00:05Z'],
  ])('%s is %s', (at, words) => expect(formatInstant(instant(at))).toBe(words));

  it.each([
    [null, '-'],
    [0, '0 ms'],
    [999, '999 ms'],
    [4_210, '4.2 s'],
    [59_999, '60.0 s'],
    [60_000, '60 s'],
    [2_160_000, '36 min'],
  ])('%s ms are %s', (ms, words) => expect(formatDuration(ms)).toBe(words));

  it('are one line', () => expect(oneLine('  a\r\n  b ')).toBe('a b'));
});
