import { describe, inject, it } from 'vitest';
import type { Servers } from './servers.ts';

/**
 * A suite for a PostgreSQL server. The server may be somebody's own: work in a schema of your own and drop it.
 *
 * Without a server the suite is skipped, and its title says why.
 */
export function describeWithPostgres(name: string, suite: (databaseUrl: string) => void): void {
  describeWith('PostgreSQL', 'databaseUrl', name, suite);
}

/**
 * A suite for a Redis server. The server may be somebody's own: put a prefix before your keys, never flush it.
 *
 * Without a server the suite is skipped, and its title says why.
 */
export function describeWithRedis(name: string, suite: (redisUrl: string) => void): void {
  describeWith('Redis', 'redisUrl', name, suite);
}

function describeWith(server: string, key: keyof Servers, name: string, suite: (url: string) => void): void {
  const url = inject(key);
  if (url !== null) describe(name, () => suite(url));
  else describe.skip(name, () => it(`SKIPPED: no ${server} server`, () => undefined));
}
