import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import type { HostModule } from '@gamekeeper/core/ports';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startRedis } from '../../../../test/servers/redis.ts';

/** What may carry runs to the hosts. */
export const carriers = ['none', 'pgboss', 'bullmq'] as const;
export type Carrier = (typeof carriers)[number];

/** Where a host finds its carrier. */
export interface CarrierPlace {
  readonly carrier: Carrier;
  /** The server of the queue; empty without one. */
  readonly url: string;
}

/** The schema of pg-boss. */
const SCHEMA = 'chaos_boss';

/** Returns the module of a host that is carried so. */
export function carrierModule({ carrier, url }: CarrierPlace): HostModule {
  if (carrier === 'pgboss') return pgBossScheduler({ url, schema: SCHEMA, pollIntervalMs: 500 });
  if (carrier === 'bullmq') return bullMqScheduler({ url });
  return cronerScheduler();
}

/** A queue whose contents may be lost at any time. */
export interface Queue {
  readonly place: CarrierPlace;
  /** Loses everything that waits. Returns whether there was anything to lose it from. */
  readonly empty: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** Starts what a carrier needs; `null` if it is not installed. */
export async function startQueue(carrier: Carrier, databaseUrl: string): Promise<Queue | null> {
  if (carrier === 'none')
    return { place: { carrier, url: '' }, empty: async () => false, stop: async () => undefined };
  if (carrier === 'pgboss')
    return {
      place: { carrier, url: databaseUrl },
      empty: () => emptyBoss(databaseUrl),
      stop: async () => undefined,
    };
  const server = await startRedis(['--maxmemory-policy', 'noeviction']);
  if (!server) return null;
  const redis = new Redis(server.url);
  const empty = async (): Promise<boolean> => (await redis.flushall()) === 'OK';
  const stop = async (): Promise<void> => {
    redis.disconnect();
    await server.stop();
  };
  return { place: { carrier, url: server.url }, empty, stop };
}

/** The server may be crashing: then nothing is lost this time. */
async function emptyBoss(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`set lock_timeout = '2s'; delete from ${SCHEMA}.job`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
