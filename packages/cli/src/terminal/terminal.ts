import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { NotConfirmedError } from '../errors.ts';
import { table, type Column } from './table.ts';

/** Where text goes to: a stream of the process, or a test's. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where answers come from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** What a {@link Terminal} writes to and asks. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input | null;
  readonly env: NodeJS.ProcessEnv;
}

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Writes for people: tables and colours as wide and as bright as their terminal has them. */
export class Terminal {
  readonly #streams: Streams;
  readonly #colours: boolean;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#colours = hasColours(streams);
  }

  /** Whether somebody sits at it and can answer. */
  get isInteractive(): boolean {
    return this.#streams.stdin?.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  /** The stream of what goes on meanwhile. */
  get stderr(): Output {
    return this.#streams.stderr;
  }

  /** Writes a result. */
  print(text: string): void {
    this.#streams.stdout.write(`${text}\n`);
  }

  /** Says something beside the result. */
  note(text: string): void {
    this.#streams.stderr.write(`${text}\n`);
  }

  json(value: object): void {
    this.print(JSON.stringify(value, null, 2));
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    const { stdout } = this.#streams;
    const width = stdout.isTTY && stdout.columns !== undefined && stdout.columns > 0 ? stdout.columns : null;
    this.print(table(columns, rows, { width, paintTitle: (text) => this.paint('bold', text) }));
  }

  paint(colour: Colour, text: string): string {
    return this.#colours ? styleText(colour, text, { validateStream: false }) : text;
  }

  /**
   * Asks before something that cannot be undone.
   *
   * @throws {NotConfirmedError} for any answer but yes, and where nobody can answer
   */
  async confirm(what: string, signal: AbortSignal): Promise<void> {
    const { stdin, stderr } = this.#streams;
    if (!this.isInteractive || !stdin)
      throw new NotConfirmedError(`${what} This cannot be undone and nobody is here to answer; add --yes.`);
    const asking = createInterface({ input: stdin, output: stderr as NodeJS.WritableStream });
    try {
      const answer = await asking.question(`${what} This cannot be undone. Go on? [y/N] `, { signal });
      if (/^y(es)?$/i.test(answer.trim())) return;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      asking.close();
    }
    throw new NotConfirmedError('Nothing was done.');
  }
}

/** https://no-color.org, and what Node itself heeds. */
function hasColours({ stdout, env }: Streams): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stdout.isTTY === true && env['TERM'] !== 'dumb';
}
