import type { TestProject } from 'vitest/node';
import { findServer } from './servers/find-server.ts';
import { postgres } from './servers/postgres.ts';
import { redis } from './servers/redis.ts';

/** The servers that tests may use; `null` where there is none. */
export interface Servers {
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
}

declare module 'vitest' {
  export interface ProvidedContext extends Servers {}
}

/** Runs once before all tests: finds or starts the servers, and gives them back at the end. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const database = await findServer(postgres, process.env, say);
  const cache = await findServer(redis, process.env, say).catch(async (error: unknown) => {
    await database?.stop();
    throw error;
  });
  provide('databaseUrl', database?.url ?? null);
  provide('redisUrl', cache?.url ?? null);
  return async () => {
    await Promise.all([database?.stop(), cache?.stop()]);
  };
}

function say(line: string): void {
  process.stderr.write(`\n${line}\n\n`);
}
