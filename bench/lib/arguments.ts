import { parseArgs } from 'node:util';

const usage = `Usage:
  npm run bench                    every bench, at its defaults
  npm run bench -- <name>…         only these: BENCHES

  --rows <number>[,<number>…]      how many rows are due (default 300000,1000000;
                                 all but lives, redis and scale take the largest only)
  --pairs <number>                 how often each way is measured (default 3)
  --shards <number>                for lives: compare with a run in shards, so many at once
  --parts <name>[,<name>…]         for fleet: only these of lateness, takeover, kills, rows, reminder;
                                 for scale: only these jobs
  --kills <number>                 for fleet: how often processes of each way are killed (default 200)
  --seed <number>                  for fleet: which kills (default: by chance)
  --ids <uuid|sequence>            what the ids of players look like (default uuid)
  --database-url <url>             a PostgreSQL server (or DATABASE_URL; default DEFAULT_URL)
  --redis-url <url>                a Redis server, for schedulers and fleet (or REDIS_URL; default DEFAULT_REDIS)
  --save <file>                    keep the results for "npm run plots" (bench/results.json)
  --help                           this page
`;

const DEFAULT_URL = 'postgres://postgres@127.0.0.1:5432/postgres';

const DEFAULT_REDIS = 'redis://127.0.0.1:6379';

/** A command line that makes no sense. */
export class UsageError extends Error {}

/** What the command line asks for. */
export interface BenchOptions {
  readonly rows: readonly number[];
  readonly pairs: number;
  readonly ids: 'uuid' | 'sequence';
  /** How many shards of a run are worked on at once; 1: runs are not divided. */
  readonly shards: number;
  /** For a bench in parts: only these. */
  readonly parts?: readonly string[];
  /** How often processes are killed. */
  readonly kills: number;
  readonly seed: number;
  readonly url: string;
  /** The file in which results are kept, if they are. */
  readonly save?: string;
  readonly redis: { readonly host: string; readonly port: number };
}

/** @throws {UsageError} */
export function readArguments(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  benches: readonly string[],
): { readonly help: boolean; readonly names: readonly string[]; readonly options: BenchOptions } {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => !benches.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no bench ${unknown}, only ${benches.join(', ')}.`);
  const { ids = 'uuid', shards = '1', rows = '300000,1000000', pairs = '3' } = values;
  const { kills = '200', seed = String(1 + Math.floor(Math.random() * 2 ** 30)) } = values;
  if (ids !== 'uuid' && ids !== 'sequence') throw new UsageError('--ids: give uuid or sequence.');
  return {
    help: values.help ?? false,
    names: positionals.length > 0 ? positionals : benches,
    options: {
      ids,
      shards: wholeNumber('shards', shards),
      rows: rows.split(',').map((text) => wholeNumber('rows', text)),
      pairs: wholeNumber('pairs', pairs),
      kills: wholeNumber('kills', kills),
      seed: wholeNumber('seed', seed),
      ...(values.parts !== undefined && { parts: values.parts.split(',') }),
      ...(values.save !== undefined && { save: values.save }),
      url: values['database-url'] ?? environment['DATABASE_URL'] ?? DEFAULT_URL,
      redis: redisAt(values['redis-url'] ?? environment['REDIS_URL'] ?? DEFAULT_REDIS),
    },
  };
}

/**
 * Returns the names of the parts of a bench that are asked for: all, unless told otherwise.
 *
 * @throws {UsageError} if there is none of a name
 */
export function chosenParts(parts: object, { parts: asked }: Pick<BenchOptions, 'parts'>): readonly string[] {
  const names = Object.keys(parts);
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--parts: there is no ${unknown}, only ${names.join(', ')}.`);
  return asked ?? names;
}

export function usageOf(benches: readonly string[]): string {
  return usage
    .replace('BENCHES', benches.join(', '))
    .replace('DEFAULT_URL', DEFAULT_URL)
    .replace('DEFAULT_REDIS', DEFAULT_REDIS);
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        pairs: { type: 'string' },
        save: { type: 'string' },
        ids: { type: 'string' },
        shards: { type: 'string' },
        parts: { type: 'string' },
        kills: { type: 'string' },
        seed: { type: 'string' },
        'database-url': { type: 'string' },
        'redis-url': { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function redisAt(text: string): BenchOptions['redis'] {
  if (!URL.canParse(text)) throw new UsageError('--redis-url: give redis://host:port.');
  const { hostname, port } = new URL(text);
  return { host: hostname, port: Number(port || 6379) };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name}: give whole numbers from 1 on.`);
  return value;
}
