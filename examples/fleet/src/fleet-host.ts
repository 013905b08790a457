import { entityManagerOf, postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { instant, iso, type Logger } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Pool } from 'pg';
import { Players } from './players.ts';
import { PushClient } from './push-client.ts';
import { streakReminder } from './streak-reminder.ts';

/** What carries runs and shards to the processes: nothing (each looks for itself), or a queue. */
export type Carrier = 'timer' | 'pgboss' | 'bullmq';

/** The carriers, by the name that the command line has for them. */
export const carriers: readonly Carrier[] = ['timer', 'pgboss', 'bullmq'];

/** What all processes of a fleet have in common. */
export interface FleetOptions {
  readonly carrier: Carrier;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The schema of the game, and the beginning of all other names. */
  readonly schema: string;
  readonly pushUrl: string;
  /** When players are told. Without it: every evening. */
  readonly tellAt: string | null;
}

/** A host of the fleet with its connections. */
export interface FleetHost {
  readonly host: JobHost;
  readonly players: Players;
  readonly stop: () => Promise<void>;
}

/** Returns a host that sends what is due, works on it, or does both. */
export function createFleetHost(
  options: FleetOptions,
  role: 'send' | 'work' | 'both',
  logger: Logger,
): FleetHost {
  const { carrier, databaseUrl, schema, pushUrl, tellAt } = options;
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  const players = new Players(pool, schema);
  const pushes = new PushClient({ url: pushUrl, concurrency: 32 });
  const report = async ({
    tx,
    asOf,
    processed,
  }: Parameters<Parameters<typeof streakReminder>[0]['report']>[0]) => {
    const em = (await entityManagerOf(tx)) as SqlEntityManager;
    await em.execute(`insert into "${schema}_fleet".reminders (tick, told) values (?, ?)`, [
      iso(asOf),
      processed,
    ]);
  };
  const schedule = tellAt === null ? undefined : { at: instant(tellAt) };
  const host = createJobHost({
    modules: [postgresAdapters({ url: databaseUrl, schema, poolSize: 6 }), carrierModule(options)],
    jobs: [streakReminder({ players, pushes, report }, schedule)],
    // Without a queue, each process looks for due work itself.
    engine: carrier === 'timer' ? {} : { role },
    logger,
  });
  const stop = async (): Promise<void> => {
    await host.stop();
    pushes.close();
    await pool.end();
  };
  return { host, players, stop };
}

function carrierModule({ carrier, databaseUrl, redisUrl, schema }: FleetOptions): HostModule {
  if (carrier === 'pgboss') return pgBossScheduler({ url: databaseUrl, schema: `${schema}_pgboss` });
  if (carrier === 'bullmq') return bullMqScheduler({ url: redisUrl, keyPrefix: schema });
  return cronerScheduler();
}
