import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { NotConfirmedError } from '../errors.ts';
import { table, type Column } from './table.ts';

/** The target of output: a stream of the process or of a test. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The source of confirmations. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** The streams and environment of a {@link Terminal}. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input | null;
  readonly env: NodeJS.ProcessEnv;
}

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Prints tables and colours as the terminal supports them. */
export class Terminal {
  readonly #streams: Streams;
  readonly #colours: boolean;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#colours = hasColours(streams);
  }

  /** Whether a user can answer questions here. */
  get isInteractive(): boolean {
    return this.#streams.stdin?.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  /** The stream for progress. */
  get stderr(): Output {
    return this.#streams.stderr;
  }

  /** Prints a result. */
  print(text: string): void {
    this.#streams.stdout.write(`${text}\n`);
  }

  /** Prints a message that is not part of the result. */
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
   * Asks for confirmation of an action that cannot be undone.
   *
   * @throws {NotConfirmedError} for any answer but yes, and if there is no terminal
   */
  async confirm(what: string, signal: AbortSignal): Promise<void> {
    const { stdin, stderr } = this.#streams;
    if (!this.isInteractive || !stdin)
      throw new NotConfirmedError(
        `${what} This cannot be undone. There is no terminal to confirm it; add --yes.`,
      );
    const asking = createInterface({ input: stdin, output: stderr as NodeJS.WritableStream });
    try {
      const answer = await asking.question(`${what} This cannot be undone. Continue? [y/N] `, { signal });
      if (/^y(es)?$/i.test(answer.trim())) return;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      asking.close();
    }
    throw new NotConfirmedError('Nothing was changed.');
  }
}

/** https://no-color.org, and the variables that Node itself supports. */
function hasColours({ stdout, env }: Streams): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stdout.isTTY === true && env['TERM'] !== 'dumb';
}
