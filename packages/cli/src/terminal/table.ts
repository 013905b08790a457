import Table from 'cli-table3';
import stringWidth from 'string-width';
import { oneLine } from './format.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'right';
  /** Whether the text is long: it is wrapped if the terminal is narrow. */
  readonly long?: boolean;
  /** Colours a cell that is not long. Default: no colour. */
  readonly paint?: (row: Row, text: string) => string;
}

/** The layout of a table. */
export interface TableLook {
  /** The width of the terminal in columns; `null` for no limit. */
  readonly width: number | null;
  readonly paintTitle: (text: string) => string;
}

const GAP = 2;
/** The minimum width of a long column. Narrower text cannot be read. */
const LEAST_LONG = 20;

/**
 * Returns rows below titles, without lines. If the terminal is too narrow, long text is wrapped; if that is not enough,
 * each row becomes a block of lines.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: TableLook): string {
  const texts = rows.map((row) => columns.map(({ text }) => oneLine(text(row)) || '-'));
  const painted = rows.map((row, at) =>
    columns.map(({ paint, long }, index) =>
      paint && !long ? paint(row, texts[at]![index]!) : texts[at]![index]!,
    ),
  );
  const widths = fittedWidths(columns, texts, look.width);
  if (widths === null) return blocks(columns, painted, look);
  const drawn = new Table({
    chars: noLines,
    colWidths: widths.map((width) => width + GAP),
    colAligns: columns.map(({ align }) => align ?? ('left' as const)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  });
  drawn.push(columns.map(({ title }) => look.paintTitle(title)));
  for (const cells of painted) {
    drawn.push(cells.map((cell, index) => (columns[index]!.long ? wrapped(cell, widths[index]!) : cell)));
  }
  return drawn.toString().replaceAll(/ +$/gm, '');
}

/** Wraps between words; a word that is too long is split. */
function wrapped(content: string, width: number) {
  const fits = content.split(' ').every((word) => stringWidth(word) <= width);
  return { content, wordWrap: true, wrapOnWordBoundary: fits };
}

/** Returns the width of each column, or `null` if they do not fit. */
function fittedWidths<Row>(
  columns: readonly Column<Row>[],
  texts: readonly (readonly string[])[],
  width: number | null,
): readonly number[] | null {
  const natural = columns.map(({ title }, index) =>
    Math.max(title.length, ...texts.map((row) => stringWidth(row[index]!))),
  );
  const room = (width ?? Infinity) - GAP * (columns.length - 1);
  const excess = sum(natural) - room;
  if (excess <= 0) return natural;
  const longs = columns.flatMap(({ long }, index) => (long && natural[index]! > LEAST_LONG ? [index] : []));
  const spare = sum(longs.map((index) => natural[index]! - LEAST_LONG));
  if (spare < excess) return null;
  return natural.map((own, index) =>
    longs.includes(index) ? own - Math.ceil((excess * (own - LEAST_LONG)) / spare) : own,
  );
}

/** Returns each row as a block: its first cell, then one line per column. */
function blocks<Row>(
  columns: readonly Column<Row>[],
  painted: readonly (readonly string[])[],
  { paintTitle }: TableLook,
): string {
  const widest = Math.max(...columns.map(({ title }) => title.length));
  return painted
    .map(([first, ...rest]) =>
      [
        first,
        ...rest.map((cell, index) => `  ${paintTitle(columns[index + 1]!.title.padEnd(widest))}  ${cell}`),
      ].join('\n'),
    )
    .join('\n');
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
