import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from './find-server.ts';
import { folderWith, unprivilegedUser } from './installed.ts';
import { probe } from './postgres.ts';
import { freePort, startProcess } from './started-process.ts';

/** Debian puts it outside the PATH of ordinary users. */
const folder = (): string | null => folderWith(['pgbouncer'], ['/usr/sbin']);

/** Whether there is a PgBouncer to start; what to install otherwise is `pgbouncer`. */
export function hasPgBouncer(): boolean {
  return folder() !== null;
}

/** How PgBouncer shares its connections to the server. */
export interface PoolerSettings {
  readonly poolMode: 'session' | 'transaction';
  /** How many connections to the server it keeps. */
  readonly poolSize: number;
  /** Further settings, by PgBouncer's names. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/** A pooler that may be restarted: it drops all its clients, and is back at the same place. */
export interface RestartablePooler extends RunningServer {
  readonly restart: () => Promise<void>;
}

/** Starts a PgBouncer of these tests' own in front of a server; or answers `null` when none is installed. */
export async function startPgBouncer(
  databaseUrl: string,
  { poolMode, poolSize, more = {} }: PoolerSettings,
): Promise<RestartablePooler | null> {
  const bin = folder();
  if (bin === null) return null;
  const user = unprivilegedUser();
  const home = await mkdtemp(join(tmpdir(), 'gamekeeper-pgbouncer-'));
  const remove = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    const port = await freePort();
    const settings = {
      listen_addr: '127.0.0.1',
      listen_port: port,
      unix_socket_dir: '',
      // Whoever comes in is let in, as the user of the URL.
      auth_type: 'any',
      pool_mode: poolMode,
      default_pool_size: poolSize,
      max_client_conn: 500,
      ...more,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    const file = join(home, 'pgbouncer.ini');
    await writeFile(file, `[databases]\n* = ${target(databaseUrl)}\n\n[pgbouncer]\n${lines.join('\n')}\n`);
    if (user) for (const path of [home, file]) await chown(path, user.uid, user.gid);
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${port}`;
    const begin = () =>
      startProcess({ file: join(bin, 'pgbouncer'), args: [file], folder: home, user }, () => probe(url.href));
    let stop = await begin();
    return {
      url: url.href,
      // By SIGINT it would wait for its clients.
      stop: () => stop('SIGTERM').then(remove),
      restart: async () => {
        await stop('SIGTERM');
        stop = await begin();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Where a URL leads, in the words of a connection string. */
function target(databaseUrl: string): string {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const parts = { host: hostname, port: port || '5432', user: username || 'postgres', password };
  return Object.entries(parts)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}='${decodeURIComponent(value).replaceAll("'", "''")}'`)
    .join(' ');
}
