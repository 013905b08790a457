import { parseArgs } from 'node:util';
import { carriers, type Carrier } from './carrier.ts';

/** How the program is called. */
export const usage = `Usage: npm run chaos -- [--minutes <number>] [--seed <number>] [--pooler all|some|none]
                        [--skew-minutes <number>] [--lock-seconds <number>]
                        [--carrier none|pgboss|bullmq]

Plays half a year of real activity with three host processes on a PostgreSQL server of its own: kills and stops the
hosts, sets their clocks wrong, locks rows as a stranger, drops connections, restarts the pooler and crashes the server;
and compares the outcome with an undisturbed one.

  --minutes <number>       how long, at most (default 5); what does not fit is cut off the history's end
  --seed <number>          which faults strike when (default: another each time, and printed)
  --pooler all|some|none   who comes through PgBouncer in transaction mode: every host and the players, every second
                           host that is started (the default, where pgbouncer is installed), or nobody
  --skew-minutes <number>  by how much one host's clock is set ahead, then behind, in turn (default 7; 0 for never)
  --lock-seconds <number>  for how long a stranger's session locks rows of players (default 2; 0 for never)
  --carrier <name>         what carries runs to the hosts: nothing (the default), or a queue, which is emptied now and then
`;

const poolers = ['all', 'some', 'none'] as const;

/** A command line that makes no sense. */
export class ChaosUsageError extends Error {}

/** Options of a chaos run. */
export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Who comes through a pooler; `null` is `some` where one is installed. */
  readonly pooler: (typeof poolers)[number] | null;
  readonly skewMinutes: number;
  readonly lockSeconds: number;
  readonly carrier: Carrier;
}

/**
 * Reads the command line; `null` when help is wanted.
 *
 * @throws {ChaosUsageError}
 */
export function readChaosOptions(argv: readonly string[]): ChaosOptions | null {
  const { minutes, seed, pooler, help, ...more } = parse(argv);
  if (help) return null;
  const chosen = poolers.find((name) => name === pooler) ?? null;
  if (pooler !== undefined && chosen === null)
    throw new ChaosUsageError(`--pooler: choose all, some or none, not ${JSON.stringify(pooler)}.`);
  const carrier = carriers.find((name) => name === (more.carrier ?? 'none'));
  if (!carrier)
    throw new ChaosUsageError(
      `--carrier: choose ${carriers.join(', ')}, not ${JSON.stringify(more.carrier)}.`,
    );
  return {
    carrier,
    minutes: positive('minutes', minutes ?? '5'),
    seed: positive('seed', seed ?? String(Math.floor(Math.random() * 1_000_000) + 1)),
    pooler: chosen,
    skewMinutes: atLeast0('skew-minutes', more['skew-minutes'] ?? '7'),
    // A run gives up on a row that stays locked for half a minute.
    lockSeconds: atLeast0('lock-seconds', more['lock-seconds'] ?? '2', 20),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        pooler: { type: 'string' },
        'skew-minutes': { type: 'string' },
        'lock-seconds': { type: 'string' },
        carrier: { type: 'string' },
        help: { type: 'boolean' },
      },
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

function atLeast0(name: string, text: string, most = 100_000): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= most) return value;
  throw new ChaosUsageError(`--${name}: give a number from 0 to ${most}, not ${JSON.stringify(text)}.`);
}
