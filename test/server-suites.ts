import { describe, inject, it } from 'vitest';
import type { Servers } from './servers.ts';
import { prometheusFolder } from './servers/prometheus.ts';

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

/** A suite that starts Prometheus or its `promtool`, of Debian's package `prometheus`; skipped where it is missing. */
export function describeWithPrometheus(name: string, suite: () => void): void {
  if (prometheusFolder !== null || isCi()) describe(name, suite);
  else describe.skip(name, () => it('SKIPPED: install prometheus', () => undefined));
}

/** Nobody reads there what was skipped: what is missing is an error. */
function isCi(): boolean {
  return /^(?:true|1)$/.test(process.env['CI'] ?? '');
}
