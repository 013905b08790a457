import { createReadStream } from 'node:fs';
import { UsageError } from '../errors.ts';

/** A row of a CSV file, by the names of its columns. */
export type CsvRow = Readonly<Record<string, string>>;

const CHUNK_ROWS = 1_000;

/**
 * Reads a CSV file (RFC 4180, UTF-8, with a header) in lists of rows. Fields may be quoted and contain line breaks.
 *
 * @param onHeader called once with the names of the columns, before the first row
 * @throws {UsageError} if the file cannot be read, or is no such file; it names the row, counted from the first after the
 *   header
 */
export async function* readCsv(
  path: string,
  onHeader: (columns: readonly string[]) => void,
): AsyncGenerator<readonly CsvRow[]> {
  const parser = new CsvParser();
  let header: readonly string[] | undefined;
  let count = 0;
  let rows: CsvRow[] = [];
  for await (const text of textOf(path)) {
    if (text === null && parser.isInQuotes)
      throw new UsageError(`${path}: a quoted field of row ${count + 1} has no end.`);
    for (const record of text === null ? parser.end() : parser.add(text)) {
      if (record.length === 1 && record[0] === '') continue;
      if (!header) {
        header = record.map((name) => name.trim());
        onHeader(header);
        continue;
      }
      count += 1;
      if (record.length !== header.length)
        throw new UsageError(
          `${path}: row ${count} has ${record.length} fields instead of ${header.length}.`,
        );
      rows.push(Object.fromEntries(header.map((name, index) => [name, record[index]!])));
      if (rows.length < CHUNK_ROWS) continue;
      yield rows;
      rows = [];
    }
  }
  if (!header) throw new UsageError(`${path} has no header with the names of its columns.`);
  if (rows.length > 0) yield rows;
}

/** Returns the parts of a text file, and `null` at its end. */
async function* textOf(path: string): AsyncGenerator<string | null> {
  // Removes a byte-order mark.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of createReadStream(path)) yield decoder.decode(bytes as Buffer, { stream: true });
    yield decoder.decode();
  } catch (error) {
    // Node's own errors of a missing or unreadable file have a code.
    const reason = error instanceof TypeError ? 'is not UTF-8 text' : 'cannot be read';
    throw new UsageError(`${path} ${reason}.`, { cause: error });
  }
  yield null;
}

/** Splits text into records of fields, however the text is cut into parts. */
class CsvParser {
  #field = '';
  #record: string[] = [];
  #state: 'plain' | 'quoted' | 'quote in quoted' = 'plain';

  get isInQuotes(): boolean {
    return this.#state === 'quoted';
  }

  *add(text: string): Generator<readonly string[]> {
    for (const character of text) {
      if (this.#state === 'quoted') {
        if (character === '"') this.#state = 'quote in quoted';
        else this.#field += character;
        continue;
      }
      if (character === '"' && (this.#state === 'quote in quoted' || this.#field === '')) {
        // Two quotes inside a quoted field are one.
        if (this.#state === 'quote in quoted') this.#field += '"';
        this.#state = 'quoted';
      } else if (character === ',') this.#endField();
      else if (character === '\n') yield this.#endRecord();
      else if (character !== '\r') this.#field += character;
    }
  }

  *end(): Generator<readonly string[]> {
    if (this.#record.length > 0 || this.#field !== '') yield this.#endRecord();
  }

  #endField(): void {
    this.#record.push(this.#field);
    this.#field = '';
    this.#state = 'plain';
  }

  #endRecord(): readonly string[] {
    this.#endField();
    const record = this.#record;
    this.#record = [];
    return record;
  }
}
