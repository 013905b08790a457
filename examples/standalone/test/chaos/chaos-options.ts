import { parseArgs } from 'node:util';

/** How the program is called. */
export const usage = `Usage: npm run chaos -- [--minutes <number>] [--seed <number>]

Plays half a year of real activity with three host processes on a PostgreSQL server of its own, kills and
stops the hosts, drops connections and crashes the server, and compares the outcome with an undisturbed one.

  --minutes <number>  how long, at most (default 5); what does not fit is cut off the history's end
  --seed <number>     which faults strike when (default: another each time, and printed)
`;

/** A command line that makes no sense. */
export class ChaosUsageError extends Error {}

/** What a chaos run may be told. */
export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
}

/**
 * Reads the command line; `null` when help is wanted.
 *
 * @throws {ChaosUsageError}
 */
export function readChaosOptions(argv: readonly string[]): ChaosOptions | null {
  const { minutes, seed, help } = parse(argv);
  if (help) return null;
  return {
    minutes: positive('minutes', minutes ?? '5'),
    seed: positive('seed', seed ?? String(Math.floor(Math.random() * 1_000_000) + 1)),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new ChaosUsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new ChaosUsageError(`--${name}: give a number above 0, not ${JSON.stringify(text)}.`);
}
