import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunningServer, ServerKind } from './find-server.ts';
import { folderWith, postgresFolders, unprivilegedUser } from './installed.ts';
import { freePort, run, startProcess } from './started-process.ts';

export const postgres: ServerKind = {
  name: 'PostgreSQL',
  variable: 'DATABASE_URL',
  install: 'postgresql',
  usualUrls: [...new Set(['postgres', 'root', userInfo().username])].map((user) => url(user, 5432)),
  probe,
  start,
};

/** The part of the driver that a probe needs; the driver ships no types. */
interface Driver {
  readonly Client: new (options: object) => {
    connect(): Promise<void>;
    query(sql: string): Promise<{ readonly rows: readonly { readonly usable?: boolean }[] }>;
    end(): Promise<void>;
    on(event: 'error', listener: () => void): void;
  };
}

async function probe(connectionString: string): Promise<void> {
  const name = 'pg';
  const { Client } = ((await import(name)) as { readonly default: Driver }).default;
  const client = new Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answer = await client.query(
      `select has_database_privilege(current_database(), 'create') and not pg_is_in_recovery() as usable`,
    );
    if (answer.rows[0]?.usable !== true) throw new Error('it does not let us create schemas');
  } finally {
    await client.end();
  }
}

async function start(): Promise<RunningServer | null> {
  const bin = folderWith(['initdb', 'postgres'], postgresFolders());
  if (bin === null) return null;
  const user = unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-postgres-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    if (user) await chown(folder, user.uid, user.gid);
    const command = { folder, user };
    const data = join(folder, 'data');
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    await run({ ...command, file: join(bin, 'initdb'), args: initdb });
    const port = await freePort();
    const where = ['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port)];
    const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
    const args = [...where, ...careless.flatMap((setting) => ['-c', setting])];
    const stop = await startProcess({ ...command, file: join(bin, 'postgres'), args }, () =>
      probe(url('postgres', port)),
    );
    return { url: url('postgres', port), stop: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

function url(user: string, port: number): string {
  return `postgres://${encodeURIComponent(user)}@127.0.0.1:${port}/postgres`;
}
