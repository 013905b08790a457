import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { plainTypes } from '../host-transactions/plain-types.ts';
import type { SharablePool, SharableClient } from './postgres-options.ts';

/**
 * Returns the host's own `pg` pool in the form that Kysely takes: it is never closed, and results do not depend on the
 * type parsers that the host has set.
 */
export function sharedPool(pool: SharablePool): PostgresPool {
  const clients = new WeakMap<SharableClient, PostgresPoolClient>();
  return {
    options: {},
    connect: async () => {
      const client = await pool.connect();
      const known = clients.get(client);
      if (known) return known;
      // Without a listener, a connection that is lost while it is in use would end the process.
      client.on('error', () => undefined);
      const shared = sharedClient(client);
      clients.set(client, shared);
      return shared;
    },
    end: async () => undefined,
  };
}

function sharedClient(client: SharableClient): PostgresPoolClient {
  const query = (text: string, values: readonly unknown[]): unknown =>
    client.query({ text, values: [...values], types: plainTypes });
  return { query: query as PostgresPoolClient['query'], release: () => client.release() };
}
