import { PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import { silentLogger, userId, type Logger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';
import type { RunningServer } from './servers/find-server.ts';
import { hasPgBouncer, startPgBouncer } from './servers/pgbouncer.ts';

/** Nobody reads there what was skipped. */
const mustRun = /^(?:true|1)$/.test(process.env['CI'] ?? '');
const suite = mustRun || hasPgBouncer() ? describe : describe.skip;
const reason = hasPgBouncer() ? '' : ' (SKIPPED where there is none: install pgbouncer)';

/** Each host has more connections to the pooler than the pooler has to the server, where it can share them. */
const CLIENTS_PER_HOST = 5;
const modes = [
  { poolMode: 'transaction', poolSize: 3 },
  { poolMode: 'session', poolSize: 20 },
] as const;

/** "game" as a number: the first key of the lock of a schema's migrations. */
const LOCK_SPACE = 0x67616d65;
/** Forty minutes before a week, a month and a day begin. */
const start = '2025-08-31T23:20:00Z';
const players = Array.from({ length: 12 }, (_, index) => userId(`player-${index}`));

suite(`behind a PgBouncer${reason}`, () => {
  for (const settings of modes) {
    describeWithPostgres(`in ${settings.poolMode} mode`, (direct) => {
      const schema = `gamekeeper_pooler_${settings.poolMode}_${process.pid}`;
      const janitor = new PostgresDatabase({ url: direct, schema: `${schema}_aside`, poolSize: 2 });
      let pooler: RunningServer | null = null;

      beforeAll(async () => {
        pooler = await startPgBouncer(direct, settings);
        if (pooler === null) throw new Error('install pgbouncer: there is none');
        await janitor.open();
      });
      afterAll(async () => {
        await janitor.within(undefined, (db) =>
          sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db),
        );
        await janitor.dropSchema();
        await janitor.close();
        await pooler?.stop();
      });

      function hostOn(url: string, options: Omit<JobHostOptions, 'modules'> = {}, more = {}): JobHost {
        return createJobHost({
          modules: [
            postgresAdapters({ url, schema, poolSize: CLIENTS_PER_HOST, ...more }),
            cronerScheduler(),
          ],
          logger: silentLogger,
          ...options,
        });
      }

      it(
        'two hosts start at once on an empty schema, play, run every job and stop in time',
        { timeout: 60_000 },
        async () => {
          const hosts: JobHost[] = [];
          const clock = new VirtualClock(start, {
            settle: async () => {
              await Promise.all(hosts.map((host) => host.idle()));
            },
          });
          for (const instanceId of ['one', 'two']) hosts.push(hostOn(pooler!.url, { clock, instanceId }));
          const [one, two] = hosts as [JobHost, JobHost];
          await Promise.all(hosts.map((host) => host.start()));

          await Promise.all(players.map((player, index) => play(index % 2 ? one : two, player, index)));
          await clock.advanceTo('2025-09-01T03:35:00Z');

          for (const { job } of one.jobs) {
            const statuses = (await one.runs(job.name, { limit: 200 })).map(({ status }) => status);
            // Ticks at which the other host had judged already are skipped.
            const ran =
              job.missedTicks === 'none' ? statuses.filter((status) => status !== 'skipped') : statuses;
            expect({ job: job.name, ran: [...new Set(ran)] }).toEqual({ job: job.name, ran: ['succeeded'] });
          }
          for (const [board, period] of [
            ['weekly', '2025-W35'],
            ['monthly', '2025-08'],
          ] as const) {
            const places = await Promise.all(
              hosts.map((host) => host.leaderboards.top(board, { period, limit: 20 })),
            );
            expect(places[0]!.standings).toHaveLength(players.length - 1);
            expect(places[1]).toEqual(places[0]);
          }
          const begun = performance.now();
          expect(await Promise.all(hosts.map((host) => host.stop()))).toEqual([true, true]);
          expect(performance.now() - begun).toBeLessThan(5_000);
        },
      );

      it('leave nothing of theirs on the server’s connections, which others use next', async () => {
        const database = new PostgresDatabase({ url: pooler!.url, schema: `${schema}_aside`, poolSize: 2 });
        await database.open();
        try {
          for (let time = 0; time < 6; time += 1) {
            const { rows } = await database.within(undefined, (db) =>
              sql`
                select current_setting('lock_timeout') as lock_timeout,
                  current_setting('statement_timeout') as statement_timeout,
                  current_setting('synchronous_commit') as synchronous_commit,
                  current_setting('search_path') like '%gamekeeper%' as search_path,
                  (select count(*)::int from pg_prepared_statements) as prepared,
                  (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks
              `.execute(db),
            );
            const { rows: fresh } = await janitor.within(undefined, (db) =>
              sql`
                select current_setting('lock_timeout') as lock_timeout,
                  current_setting('statement_timeout') as statement_timeout,
                  current_setting('synchronous_commit') as synchronous_commit,
                  false as search_path, 0 as prepared, 0 as locks
              `.execute(db),
            );
            expect(rows).toEqual(fresh);
          }
        } finally {
          await database.close();
        }
      });

      it(
        'a host that waits for a stranger’s lock says so, stops in time, and ends by name at its deadline',
        { timeout: 30_000 },
        async () => {
          const waiting = `${schema}_waiting`;
          const letGo = await stranger(waiting);
          try {
            const lines: string[] = [];
            const logger: Logger = { ...silentLogger, info: (message) => void lines.push(message) };
            const stopped = hostOn(pooler!.url, { logger }, { schema: waiting });
            const starting = stopped.start().catch((error: unknown) => error);
            await expect
              .poll(() => lines)
              .toContainEqual(expect.stringContaining('another session holds a lock'));
            const begun = performance.now();
            expect(await stopped.stop()).toBe(true);
            expect(performance.now() - begun).toBeLessThan(3_000);
            expect(await starting).toMatchObject({ code: 'HOST_STATE' });

            const late = hostOn(pooler!.url, {}, { schema: waiting, migrationTimeoutMs: 300 });
            await expect(late.start()).rejects.toMatchObject({ code: 'MIGRATION_TIMEOUT' });
            expect(await late.stop()).toBe(true);
          } finally {
            await letGo();
          }
        },
      );

      it('a host that prepares statements all the same plays, and goes on without them', async () => {
        const host = hostOn(pooler!.url, {}, { schema: `${schema}_prepared`, preparedStatements: true });
        await host.start();
        try {
          // More at once than the pooler has connections to the server.
          for (let round = 0; round < 4; round += 1)
            await Promise.all(players.map((player, index) => play(host, player, index)));
          const { standings } = await host.leaderboards.top('global', { limit: 20 });
          expect(standings).toHaveLength(players.length - 1);
          expect(standings[0]!.score).toBe(4 * (10 + players.length - 2));
        } finally {
          await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
          await host.stop();
        }
      });

      /** A session of somebody else's that holds the lock of a schema's migrations. */
      async function stranger(of: string): Promise<() => Promise<void>> {
        const held = Promise.withResolvers<void>();
        const freed = Promise.withResolvers<void>();
        const { em } = janitor.orm;
        const whole = em.fork().transactional(async (own) => {
          await own.execute(`select pg_advisory_xact_lock(${LOCK_SPACE}, hashtext('${of}'))`);
          held.resolve();
          await freed.promise;
        });
        whole.catch(held.reject);
        await held.promise;
        return () => {
          freed.resolve();
          return whole;
        };
      }
    });
  }
});

/** All but the last finish their quiz, each with XP of their own. */
async function play(host: JobHost, player: (typeof players)[number], index: number): Promise<void> {
  const started = await host.gameplay.startQuiz({ userId: player, username: `Player ${index}` });
  if (!started.ok) throw new Error(`${player} has no lives`);
  if (index === players.length - 1) return;
  const done = await host.gameplay.completeQuiz({ sessionId: started.session.id, xp: 10 + index });
  if (!done.ok) throw new Error(`${player}: ${done.reason}`);
}
