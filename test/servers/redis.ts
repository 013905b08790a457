import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RunningServer, ServerKind } from './find-server.ts';
import { folderWith } from './installed.ts';
import { freePort, startProcess } from './started-process.ts';

export const redis: ServerKind = {
  name: 'Redis',
  variable: 'REDIS_URL',
  install: 'redis-server',
  usualUrls: [url(6379)],
  probe,
  start,
};

async function probe(address: string): Promise<void> {
  const client = new Redis(address, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    retryStrategy: () => null,
  });
  // The reason arrives here; the rejected promise only says that the connection is closed.
  let reason: Error | undefined;
  client.on('error', (error: Error) => (reason = error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

function start(): Promise<RunningServer | null> {
  return startRedis();
}

/** Starts a server in a temporary folder, on a free port; or answers `null` when none is installed. */
export async function startRedis(settings: readonly string[] = []): Promise<RunningServer | null> {
  const bin = folderWith(['redis-server']);
  if (bin === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-redis-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const args = [...where, '--save', '', '--appendonly', 'no', ...settings];
    const stop = await startProcess({ file: join(bin, 'redis-server'), args, folder }, () =>
      probe(url(port)),
    );
    return { url: url(port), stop: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

function url(port: number): string {
  return `redis://127.0.0.1:${port}`;
}
