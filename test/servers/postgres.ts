import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunningServer, ServerKind } from './find-server.ts';
import { folderWith, postgresFolders, unprivilegedUser } from './installed.ts';
import { freePort, run, startProcess, type Stop } from './started-process.ts';

export const postgres: ServerKind = {
  name: 'PostgreSQL',
  variable: 'DATABASE_URL',
  install: 'postgresql',
  usualUrls: [...new Set(['postgres', 'root', userInfo().username])].map((user) => url(user, 5432)),
  probe,
  start,
};

/** The part of the driver that is needed here; the driver ships no types. */
interface Driver {
  readonly Client: new (options: object) => {
    connect(): Promise<void>;
    query(sql: string): Promise<{ readonly rows: Rows }>;
    end(): Promise<void>;
    on(event: 'error', listener: () => void): void;
  };
}

/** @throws when a server does not answer there, or does not let us create schemas */
export function probe(connectionString: string): Promise<void> {
  return probeBy(
    `select has_database_privilege(current_database(), 'create') and not pg_is_in_recovery() as usable`,
    connectionString,
  );
}

function probeStandby(connectionString: string): Promise<void> {
  return probeBy('select true as usable', connectionString);
}

async function probeBy(question: string, connectionString: string): Promise<void> {
  const [answer] = await execute(connectionString, question);
  if (answer?.['usable'] !== true) throw new Error('it does not let us create schemas');
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Carries out a statement on a connection of its own, outside a transaction. */
export async function execute(connectionString: string, statement: string): Promise<Rows> {
  const name = 'pg';
  const { Client } = ((await import(name)) as { readonly default: Driver }).default;
  const client = new Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function start(): Promise<RunningServer | null> {
  const server = await startCrashable(['synchronous_commit=off', 'full_page_writes=off']);
  return server && { url: server.url, stop: () => server.stop() };
}

/** A server that may be crashed: what it had acknowledged is there when it has started again, at the same place. */
export interface CrashableServer extends RunningServer {
  /** Ends at once, like after a fault (`immediate` mode), and starts again. */
  readonly crash: () => Promise<void>;
}

/**
 * Starts a server in a temporary folder, on a free port; or answers `null` when none is installed.
 *
 * @param bin the folder of its programs. Default: the newest that is installed.
 */
export function startCrashable(
  settings: readonly string[] = [],
  bin = folderWith(['initdb', 'postgres'], postgresFolders()),
): Promise<CrashableServer | null> {
  const initdb = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  return startOn({ bin, file: 'initdb', args: initdb }, settings, probe);
}

/** Starts a server that follows another, and is read-only until it is promoted: `select pg_promote()`. */
export function startStandby(primary: RunningServer): Promise<CrashableServer | null> {
  const bin = folderWith(['pg_basebackup', 'postgres'], postgresFolders());
  const from = ['-h', '127.0.0.1', '-p', new URL(primary.url).port, '-U', 'postgres'];
  const backup = [...from, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
  return startOn({ bin, file: 'pg_basebackup', args: backup }, [], probeStandby);
}

/** Starts a server on data that one of its programs has made. */
async function startOn(
  {
    bin,
    file,
    args: making,
  }: { readonly bin: string | null; readonly file: string; readonly args: readonly string[] },
  settings: readonly string[],
  answers: (url: string) => Promise<void>,
): Promise<CrashableServer | null> {
  if (bin === null) return null;
  const user = unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-postgres-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    if (user) await chown(folder, user.uid, user.gid);
    const command = { folder, user };
    const data = join(folder, 'data');
    await run({ ...command, file: join(bin, file), args: ['-D', data, ...making] });
    const port = await freePort();
    const where = ['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port)];
    // Without fsync a fault of the machine would lose what was acknowledged; one of the server does not.
    const all = ['fsync=off', 'max_connections=200', ...settings];
    const args = [...where, ...all.flatMap((setting) => ['-c', setting])];
    const begin = (): Promise<Stop> =>
      startProcess({ ...command, file: join(bin, 'postgres'), args }, () => answers(url('postgres', port)));
    let stop = await begin();
    return {
      url: url('postgres', port),
      stop: () => stop().then(remove),
      crash: async () => {
        await stop('SIGQUIT');
        stop = await begin();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function url(user: string, port: number): string {
  return `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/postgres`;
}
