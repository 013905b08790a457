import { instant, type Instant } from '@gamekeeper/core';
import { parseArgs } from 'node:util';
import type { LogFormat } from './live-log.ts';

/** How the program is called. */
export const usage = `Usage:
  npm start                                live host: every job at its ticks, until Ctrl-C
  npm start -- run <job> [--at <instant>]  one job, for the newest tick by now (or by that instant)
  npm run replay                           a generated crowd through two weeks of virtual time
  npm run replay -- --activity <csv>       a real history: player,started_at,completed_at,xp

Where the data is:
  --database-url <url>   a PostgreSQL server (or DATABASE_URL); a replay uses a schema of its own there
  --folder <path>        the embedded database in a folder (default for the live host: .gamekeeper)
  --memory               in-memory adapters, for replays

Live host:
  --http <port>          answers /healthz, /livez, /jobs and /metrics on this machine; 0 for any free port
  --log text|json        how the log looks (default: text at a terminal, else JSON)

Replay:
  --from, --to <instant>  the span, from exclusive, to inclusive (default: around the activity)
  --gremlin <seed>        lets runs come late, twice, never for days, and crash; the outcome is the same
  --players, --days, --seed <number>  the generated crowd (default: 200, 14, 1)

  --json                 the result as one JSON object on standard output
  --help                 this page
`;

/** A command line that makes no sense. */
export class UsageError extends Error {}

/** The command line, read and checked. */
export interface Arguments {
  readonly command: 'start' | 'run' | 'replay' | 'help';
  readonly job?: string;
  readonly at?: Instant;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly activity?: string;
  readonly players: number;
  readonly days: number;
  readonly seed: number;
  readonly gremlin?: number;
  readonly json: boolean;
  readonly http?: number;
  readonly log?: LogFormat;
  readonly store: StoreChoice;
}

/** Where the command line says that data lives. */
export type StoreChoice =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'default' };

/** @throws {UsageError} */
export function readArguments(argv: readonly string[], env: NodeJS.ProcessEnv): Arguments {
  const { values, positionals } = parse(argv);
  const [command = 'start', job, ...rest] = positionals;
  if (command !== 'start' && command !== 'run' && command !== 'replay') {
    throw new UsageError(`There is no command ${JSON.stringify(command)}.`);
  }
  if (rest.length > 0 || (job !== undefined && command !== 'run')) {
    throw new UsageError(`Too many words: ${positionals.join(' ')}.`);
  }
  if (command === 'run' && job === undefined) throw new UsageError('Say which job to run.');
  return {
    command: values.help ? 'help' : command,
    ...(job !== undefined && { job }),
    ...instantOption('at', values.at),
    ...instantOption('from', values.from),
    ...instantOption('to', values.to),
    ...(values.activity !== undefined && { activity: values.activity }),
    players: count('players', values.players, 200),
    days: count('days', values.days, 14),
    seed: count('seed', values.seed, 1),
    ...(values.gremlin !== undefined && { gremlin: count('gremlin', values.gremlin, 1) }),
    json: values.json ?? false,
    ...(values.http !== undefined && { http: count('http', values.http, 0, { least: 0 }) }),
    ...(values.log !== undefined && { log: logFormat(values.log) }),
    store: storeChoice(values, env),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        at: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        activity: { type: 'string' },
        players: { type: 'string' },
        days: { type: 'string' },
        seed: { type: 'string' },
        gremlin: { type: 'string' },
        json: { type: 'boolean' },
        http: { type: 'string' },
        log: { type: 'string' },
        help: { type: 'boolean' },
        memory: { type: 'boolean' },
        folder: { type: 'string' },
        'database-url': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function storeChoice(
  values: { readonly memory?: boolean; readonly folder?: string; readonly 'database-url'?: string },
  env: NodeJS.ProcessEnv,
): StoreChoice {
  const url = values['database-url'];
  const given = [values.memory, values.folder, url].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageError('Give one of --database-url, --folder and --memory.');
  if (values.memory) return { kind: 'memory' };
  if (values.folder !== undefined) return { kind: 'folder', folder: values.folder };
  const server = url ?? env['DATABASE_URL'];
  return server === undefined || server === '' ? { kind: 'default' } : { kind: 'server', url: server };
}

function instantOption<Name extends string>(
  name: Name,
  text: string | undefined,
): { readonly [_ in Name]?: Instant } {
  if (text === undefined) return {};
  try {
    return { [name]: instant(text) } as { [_ in Name]: Instant };
  } catch (error) {
    throw new UsageError(`--${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function count(name: string, text: string | undefined, otherwise: number, { least = 1 } = {}): number {
  if (text === undefined) return otherwise;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${name}: give a whole number from ${least} on.`);
  return value;
}

function logFormat(text: string): LogFormat {
  if (text !== 'text' && text !== 'json') throw new UsageError('--log: choose text or json.');
  return text;
}
