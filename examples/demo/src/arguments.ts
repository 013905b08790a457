import { parseArgs } from 'node:util';

export const usage = `A crowd plays on a fast clock, with two workers and a page to kill one of them.

  npm run demo -- --port 8081 --players 200

  --port <number>     where the page is served (default 8080; 0: any free port)
  --seed <number>     which crowd and what it does (default 1)
  --players <number>  how many players, up to 1000 (default 60)
  --help              this page
`;

/** A command line that makes no sense. */
export class UsageError extends Error {}

/** What the command line asks for. */
export interface DemoArguments {
  readonly help: boolean;
  readonly port: number;
  readonly seed: number;
  readonly players: number;
}

/** @throws {UsageError} */
export function readArguments(argv: readonly string[]): DemoArguments {
  const { help, port, seed, players } = parse(argv);
  return {
    help,
    port: wholeNumber('port', port, 65_535),
    seed: wholeNumber('seed', seed, 2 ** 31),
    players: wholeNumber('players', players, 1_000),
  };
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: '8080' },
        seed: { type: 'string', default: '1' },
        players: { type: 'string', default: '60' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    // Some messages go on with advice in further lines.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(message, { cause: error });
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`--${name} must be a whole number from 0 to ${most}.`);
}
